import type { Holder } from '../formats/format.ts';
import type { Clock } from '../lib/clock.ts';
import { didJwkOf, readHolderKid } from '../oauth/holder-key.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, verifySignature } from '../oauth/jws.ts';
import { type NonceMint, readNonce } from '../oauth/nonce.ts';
import { importPublicKey, readPublicJwk } from '../oauth/public-key.ts';
import { Refusal } from '../oauth/refusal.ts';
import { checkTimes } from '../oauth/time-claims.ts';
import type { CredentialType } from './credential-type.ts';

/** A holder's key that was proven to be in the holder's hands, and the nonce the proof spends. */
export interface ProvenHolderKey extends Holder {
  readonly nonce: string;
  readonly nonceExpiresAt: Date;
}

export interface ProofExpectation {
  readonly type: CredentialType;
  /** The Credential Issuer identifier. */
  readonly audience: string;
  readonly clientId: string | undefined;
  readonly nonces: NonceMint;
  readonly clock: Clock;
}

/** How old `iat` may be (quality R31), and how far ahead. */
const proofAgeSeconds = 300;
const toleranceSeconds = 60;

/** OpenID4VCI 1.0 appendix F.1: exactly one of `jwk`, `kid` and `x5c` names the key. */
function readKey({ header }: ParsedJws, methods: readonly string[]): Holder {
  const { jwk, kid, x5c } = header;
  if ([jwk, kid, x5c].filter((member) => member !== undefined).length !== 1 || x5c !== undefined || header.trust_chain !== undefined)
    throw new JwsFault('not exactly one key in a form we take');
  if (kid !== undefined) {
    const holder = typeof kid === 'string' ? readHolderKid(kid) : undefined;
    if (!holder || !methods.includes(holder.method)) throw new JwsFault('a kid we cannot resolve');
    return holder;
  }
  const read = methods.includes('jwk') ? readPublicJwk(jwk) : undefined;
  if (!read) throw new JwsFault('no public key in jwk');
  return { jwk: read, did: didJwkOf(read) };
}

function checkClaims({ payload }: ParsedJws, { audience, clientId }: ProofExpectation): void {
  const { aud, iss } = payload;
  if (aud !== audience && !(Array.isArray(aud) && aud.length === 1 && aud[0] === audience)) throw new JwsFault('another audience');
  // Appendix F.1: `iss` is the client, and absent when the client is anonymous.
  if (iss !== undefined && clientId !== undefined && iss !== clientId) throw new JwsFault('another client');
}

async function verifyJwt(proof: string, expectation: ProofExpectation): Promise<{ readonly holder: Holder; readonly nonce: unknown }> {
  const { type, clock } = expectation;
  const jws = parseJws(proof);
  checkHeader(jws, { types: ['openid4vci-proof+jwt'], algorithms: type.binding.proofs.jwt.algorithms });
  const holder = readKey(jws, type.binding.methods);
  checkClaims(jws, expectation);
  checkTimes(jws.payload, { clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });
  await verifySignature(jws, importPublicKey(holder.jwk));
  return { holder, nonce: jws.payload.nonce };
}

/** OpenID4VCI 1.0 appendix F.4. Throws `invalid_proof`, or `invalid_nonce` when only the nonce is at fault (§8.3.1.2). */
export async function verifyKeyProof(proof: string, expectation: ProofExpectation): Promise<ProvenHolderKey> {
  const { holder, nonce } = await verifyJwt(proof, expectation).catch((fault: unknown) => {
    throw fault instanceof JwsFault
      ? new Refusal(400, 'invalid_proof', 'The proof of the holder key is not valid.', { cause: fault.message })
      : fault;
  });
  if (typeof nonce !== 'string') throw new Refusal(400, 'invalid_proof', 'The proof carries no nonce of this issuer.');
  const reading = readNonce(expectation.nonces, nonce);
  if (reading.state !== 'valid')
    throw new Refusal(400, 'invalid_nonce', 'The nonce is unknown or no longer valid; ask for a fresh one.', { cause: reading.state });
  return { jwk: holder.jwk, did: holder.did, nonce, nonceExpiresAt: reading.expiresAt };
}
