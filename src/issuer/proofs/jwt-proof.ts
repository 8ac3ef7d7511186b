import type { Holder } from '../../formats/format.ts';
import { didJwkOf, readHolderKid } from '../../oauth/holder-key.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, verifySignature } from '../../oauth/jws.ts';
import { importPublicKey, readPublicJwk } from '../../oauth/public-key.ts';
import { jwkThumbprint } from '../../oauth/thumbprint.ts';
import { checkTimes } from '../../oauth/time-claims.ts';
import type { ProofExpectation, ProvenKeys } from './proof-expectation.ts';

/** How old `iat` may be (quality R31), and how far ahead. */
const proofAgeSeconds = 300;
const toleranceSeconds = 60;

/** A key in the proof itself; one that the credential will hold as COSE_Key is proven by a `jwk` all the same (standards MD-12). */
const takesJwk = (methods: readonly string[]) => methods.includes('jwk') || methods.includes('cose_key');

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
  const read = takesJwk(methods) ? readPublicJwk(jwk) : undefined;
  if (!read) throw new JwsFault('no public key in jwk');
  return { jwk: read, did: didJwkOf(read) };
}

function checkClaims({ payload }: ParsedJws, { audience, clientId }: ProofExpectation): void {
  const { aud, iss } = payload;
  if (aud !== audience && !(Array.isArray(aud) && aud.length === 1 && aud[0] === audience)) throw new JwsFault('another audience');
  // Appendix F.1: `iss` is the client, and absent when the client is anonymous.
  if (iss !== undefined && clientId !== undefined && iss !== clientId) throw new JwsFault('another client');
}

interface ReadProof {
  readonly jws: ParsedJws;
  readonly holder: Holder;
}

/** Everything but the signature: what costs little is looked at first, in every proof of a request. */
function readProof(proof: string, expectation: ProofExpectation): ReadProof {
  const { binding, clock } = expectation;
  const jws = parseJws(proof);
  checkHeader(jws, { types: ['openid4vci-proof+jwt'], algorithms: binding.proofs.jwt.algorithms });
  const holder = readKey(jws, binding.methods);
  checkClaims(jws, expectation);
  checkTimes(jws.payload, { clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });
  return { jws, holder: { jwk: holder.jwk, did: holder.did } };
}

/**
 * §8.3: at most one credential for each key. A key that comes twice is refused and not passed over in silence: the wallet
 * would count on a copy it does not get, and two copies of one key are linked by it (§15.4.1).
 */
function checkKeysDiffer(proofs: readonly ReadProof[]): void {
  if (proofs.length > 1 && new Set(proofs.map(({ holder }) => jwkThumbprint(holder.jwk))).size < proofs.length)
    throw new JwsFault('one key in two proofs');
}

/** standards X-8: one request spends one nonce, so its proofs carry the same one. */
function findNonce([first, ...others]: readonly ReadProof[]): string {
  const nonce = first?.jws.payload.nonce;
  if (typeof nonce !== 'string') throw new JwsFault('no nonce');
  if (others.some(({ jws }) => jws.payload.nonce !== nonce)) throw new JwsFault('several nonces');
  return nonce;
}

/** OpenID4VCI 1.0 appendix F.1 and F.4. Throws `JwsFault`. */
export async function verifyJwtProofs(tokens: readonly string[], expectation: ProofExpectation): Promise<ProvenKeys> {
  const read = tokens.map((proof) => readProof(proof, expectation));
  checkKeysDiffer(read);
  const nonce = findNonce(read);
  await Promise.all(read.map(({ jws, holder }) => verifySignature(jws, importPublicKey(holder.jwk))));
  return { holders: read.map(({ holder }) => holder), nonce };
}
