import type { Clock } from '../lib/clock.ts';
import { JwsFault, parseJws, verifySignature } from '../oauth/jws.ts';
import type { RemoteKeys } from '../oauth/remote-keys.ts';
import { checkTimes } from '../oauth/time-claims.ts';
import type { AuthorizationServer } from './issuer-directory.ts';
import { walletFault } from './wallet-fault.ts';

export interface IdTokenExpectation {
  readonly server: AuthorizationServer;
  readonly clientId: string;
  readonly nonce: string;
  readonly keys: RemoteKeys;
  readonly clock: Clock;
}

const algorithms = ['ES256', 'EdDSA', 'ES384', 'PS256', 'RS256'];
const toleranceSeconds = 60;

/** OpenID Connect Core §3.1.3.7. Throws `untrusted_answer`; the token itself is not kept. */
export async function verifyIdToken(token: unknown, { server, clientId, nonce, keys, clock }: IdTokenExpectation): Promise<void> {
  try {
    if (typeof token !== 'string') throw new JwsFault('no ID token');
    const jws = parseJws(token);
    const { header, payload } = jws;
    if (!algorithms.includes(header.alg)) throw new JwsFault('an algorithm we do not take');
    // RFC 8725 §3.11: a token of another kind, such as `at+jwt`, never stands in; most servers leave `typ` out.
    if (header.typ !== undefined && String(header.typ).toLowerCase() !== 'jwt') throw new JwsFault('another kind of token');
    const audience = Array.isArray(payload.aud) ? payload.aud : [payload.aud];
    if (payload.iss !== server.issuer) throw new JwsFault('another issuer');
    if (!audience.includes(clientId) || (audience.length > 1 && payload.azp !== clientId)) throw new JwsFault('another audience');
    if (payload.azp !== undefined && payload.azp !== clientId) throw new JwsFault('another authorized party');
    if (payload.nonce !== nonce) throw new JwsFault('another nonce');
    if (typeof payload.sub !== 'string' || payload.sub === '') throw new JwsFault('no subject');
    if (payload.exp === undefined || payload.iat === undefined) throw new JwsFault('no times');
    checkTimes(payload, { clock, toleranceSeconds });
    const key = await keys.find(server.jwksUri, typeof header.kid === 'string' ? header.kid : undefined, header.alg);
    if (!key) throw new JwsFault('no such key');
    await verifySignature(jws, key);
  } catch (fault) {
    throw fault instanceof JwsFault ? walletFault('untrusted_answer', `ID token: ${fault.message}`) : walletFault('unavailable', fault);
  }
}
