import { errors, type KoaContextWithOIDC } from 'oidc-provider';
import type { Clock } from '../../lib/clock.ts';
import { dpopAlgorithms } from '../../oauth/dpop.ts';
import { checkHeader, JwsFault, parseJws } from '../../oauth/jws.ts';
import { readPublicJwk } from '../../oauth/public-key.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { checkTimes } from '../../oauth/time-claims.ts';
import { readClientAssertion } from '../client-assertion.ts';

/*
 * The engine's own reading of tokens takes a second spelling of the same bytes, doubled members, times past the end of
 * time, and extensions it does not act on. What it is handed is read here first, as strictly as everywhere else
 * (quality T5, Q22); signature, replay and the binding to a client stay the engine's.
 */

const proofAgeSeconds = 300;
/** A nonce of ours says how fresh a proof is; its own clock may be a little off. */
const toleranceSeconds = 60;

/** RFC 7523 §3; the audience is the issuer identifier as a string, never a list or an endpoint (standards F-11). */
export function checkClientAssertion({ oidc }: KoaContextWithOIDC, clock: Clock): void {
  try {
    readClientAssertion(oidc.params?.client_assertion, oidc.issuer, clock);
  } catch (fault) {
    throw fault instanceof JwsFault ? new errors.InvalidClientAuth(fault.message) : fault;
  }
}

function readProof(headers: readonly string[], clock: Clock): void {
  const [proof = ''] = headers;
  if (headers.length !== 1) throw new JwsFault('more than one proof');
  const jws = parseJws(proof);
  checkHeader(jws, { types: ['dpop+jwt'], algorithms: dpopAlgorithms });
  if (!readPublicJwk(jws.header.jwk)) throw new JwsFault('no public key in jwk');
  checkTimes(jws.payload, { clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });
}

/** RFC 9449 §4.3 items 1 to 7 of a proof, before the engine judges the rest. Throws a `Refusal` per §8. */
export function checkDpopHeaders(headers: readonly string[], clock: Clock): void {
  if (headers.length === 0) return;
  try {
    readProof(headers, clock);
  } catch (fault) {
    if (!(fault instanceof JwsFault)) throw fault;
    throw new Refusal(400, 'invalid_dpop_proof', 'The DPoP proof cannot be read.', { cause: fault.message });
  }
}
