import type { Clock } from '../lib/clock.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws } from '../oauth/jws.ts';
import { checkTimes } from '../oauth/time-claims.ts';

export const assertionAlgorithms = ['ES256', 'EdDSA', 'PS256'] as const;
const assertionSeconds = 600;
const toleranceSeconds = 60;

/** What a client assertion says, its signature not yet verified. */
export interface ClientAssertion {
  readonly jws: ParsedJws;
  readonly clientId: string;
  readonly jti: string;
  readonly expiresAtSeconds: number;
}

/** RFC 7523 §3 up to the signature; the audience is our issuer identifier as a string, never a list or an endpoint (standards F-11). Throws `JwsFault`. */
export function readClientAssertion(assertion: unknown, issuer: string, clock: Clock): ClientAssertion {
  if (typeof assertion !== 'string') throw new JwsFault('no client assertion');
  const jws = parseJws(assertion);
  const { header, payload } = jws;
  if (!(assertionAlgorithms as readonly string[]).includes(header.alg)) throw new JwsFault('an algorithm we do not take');
  // Most clients leave `typ` out or write `JWT`; a token of another kind never stands in (RFC 8725 §3.11).
  if (header.typ !== undefined) checkHeader(jws, { types: ['jwt', 'client-authentication+jwt'], algorithms: assertionAlgorithms });
  const { aud, sub, iss, jti, exp } = payload;
  if (aud !== issuer) throw new JwsFault('another audience');
  if (typeof sub !== 'string' || sub !== iss) throw new JwsFault('another subject than its issuer');
  if (typeof jti !== 'string' || jti === '' || jti.length > 256) throw new JwsFault('no jti');
  checkTimes(payload, { clock, toleranceSeconds, maximumLifetimeSeconds: assertionSeconds });
  return { jws, clientId: sub, jti, expiresAtSeconds: Math.ceil(exp as number) + toleranceSeconds };
}
