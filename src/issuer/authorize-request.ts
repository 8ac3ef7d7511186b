import type { FastifyRequest } from 'fastify';
import type { Clock } from '../lib/clock.ts';
import { type DpopNonces, dpopAlgorithms, verifyDpopProof } from '../oauth/dpop.ts';
import { Refusal } from '../oauth/refusal.ts';
import { challenge } from '../oauth/www-authenticate.ts';
import type { Store } from '../store/store.ts';
import { type AccessTokenVerifier, type Grant, invalidToken } from './access-token.ts';
import { verifyDpopKey } from './proofs/attested-dpop-key.ts';
import type { ProofTrust } from './proofs/proof-trust.ts';

export interface AuthorizeOptions {
  readonly verifier: AccessTokenVerifier;
  readonly nonces: DpopNonces;
  readonly store: Store;
  readonly clock: Clock;
  /** The public address of the endpoint. */
  readonly url: URL;
  readonly trust: ProofTrust;
}

const maximumTokenLength = 16 * 1024;

/** RFC 6750 §2.1: the header is the only place for a token; a token in the query or a form is refused (standards F-26). */
function readToken(request: FastifyRequest): { readonly scheme: 'bearer' | 'dpop'; readonly token: string } {
  const query = request.query as Record<string, unknown> | null;
  if (query && 'access_token' in query) throw invalidToken('An access token belongs into the Authorization header.');
  const header = request.headers.authorization;
  if (header === undefined) {
    const challenges = `${challenge('DPoP', { algorithms: dpopAlgorithms })}, ${challenge('Bearer')}`;
    throw new Refusal(401, 'invalid_token', 'An access token is needed.', { headers: { 'www-authenticate': challenges } });
  }
  const [, name = '', token = ''] = /^([A-Za-z]+) +([A-Za-z0-9._~+/-]+=*)$/.exec(header) ?? [];
  const scheme = name.toLowerCase();
  if ((scheme !== 'bearer' && scheme !== 'dpop') || token.length > maximumTokenLength)
    throw invalidToken('The Authorization header cannot be read.');
  return { scheme, token };
}

function dpopHeaders(request: FastifyRequest): readonly string[] {
  return request.raw.headersDistinct.dpop ?? [];
}

/** The token and, where it is bound to a key, the proof of that key (RFC 9449 §7). Throws `Refusal`s with a challenge. */
export async function authorizeRequest(request: FastifyRequest, options: AuthorizeOptions): Promise<Grant> {
  const { verifier, nonces, store, clock, url, trust } = options;
  const { scheme, token } = readToken(request);
  const grant = await verifier.verify(token);
  const { boundThumbprint } = grant;
  // RFC 9449 §7.2: a bound token is never taken as a bearer token, nor the other way round.
  if ((boundThumbprint === undefined) !== (scheme === 'bearer')) throw invalidToken('The token and the authorization scheme do not fit.');
  if (boundThumbprint === undefined) {
    await verifyDpopKey(undefined, trust, clock);
    return grant;
  }
  const claim = (key: string, expiresAt: Date) => store.claim('dpop-jti', key, expiresAt);
  const proven = await verifyDpopProof({
    headers: dpopHeaders(request),
    method: request.method,
    url,
    clock,
    nonces,
    claim,
    accessToken: token,
    boundThumbprint,
  });
  await verifyDpopKey(proven, trust, clock);
  return grant;
}
