import type { Holder } from '../../formats/format.ts';
import type { Json } from '../../lib/json.ts';
import { readCertificates } from '../../oauth/certificate-chain.ts';
import { didJwkOf, readHolderKid } from '../../oauth/holder-key.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, verifySignature } from '../../oauth/jws.ts';
import { importPublicKey, readPublicJwk } from '../../oauth/public-key.ts';
import { jwkThumbprint } from '../../oauth/thumbprint.ts';
import { checkTimes } from '../../oauth/time-claims.ts';
import { takesJwk } from './holder-binding.ts';
import { holderOf, type KeyAttestation, verifyKeyAttestation } from './key-attestation.ts';
import { NonceFault, type ProofExpectation, type ProvenKeys } from './proof-expectation.ts';

/** How old `iat` may be (quality R31), and how far ahead. */
const proofAgeSeconds = 300;
const toleranceSeconds = 60;

/** The key in the first certificate; where the type wants the holder certified, once the chain is proven. */
function readCertifiedKey(x5c: Json, { binding, trust }: ProofExpectation): Holder {
  const { jwt } = binding.proofs;
  if (!takesJwk(binding) || (jwt?.certificates && !trust.holderCertificates)) throw new JwsFault('a key in a form we do not take');
  const key = jwt?.certificates ? trust.holderCertificates?.verify(x5c) : readCertificates(x5c)[0]?.publicKey;
  const jwk = key && readPublicJwk(key.export({ format: 'jwk' }));
  if (!jwk) throw new JwsFault('no key we can use in x5c');
  return { jwk, did: didJwkOf(jwk) };
}

/** Beside an attestation `kid` may name one of its keys, by the name or by the place it has there (appendix F.1, second example). */
function findAttested(kid: Json, { keys }: KeyAttestation): Holder | undefined {
  const found = keys.find((key) => key.kid === kid) ?? (typeof kid === 'string' && /^\d{1,3}$/.test(kid) ? keys[Number(kid)] : undefined);
  return found && holderOf(found);
}

/** OpenID4VCI 1.0 appendix F.1: exactly one of `jwk`, `kid` and `x5c` names the key. */
function readKey({ header }: ParsedJws, expectation: ProofExpectation, attestation?: KeyAttestation): Holder {
  const { binding } = expectation;
  const { jwk, kid, x5c } = header;
  if ([jwk, kid, x5c].filter((member) => member !== undefined).length !== 1 || header.trust_chain !== undefined)
    throw new JwsFault('not exactly one key in a form we take');
  if (x5c !== undefined) return readCertifiedKey(x5c, expectation);
  if (binding.proofs.jwt?.certificates) throw new JwsFault('no certificate');
  if (kid !== undefined) {
    const attested = attestation && findAttested(kid, attestation);
    if (attested) return attested;
    const holder = typeof kid === 'string' ? readHolderKid(kid) : undefined;
    if (!holder || !binding.methods.includes(holder.method)) throw new JwsFault('a kid we cannot resolve');
    return { jwk: holder.jwk, did: holder.did };
  }
  const read = takesJwk(binding) ? readPublicJwk(jwk) : undefined;
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

/** Everything but key and signature: what costs little is looked at first, in every proof of a request. */
function readProof(proof: string, expectation: ProofExpectation): ParsedJws {
  const { binding, clock } = expectation;
  const jws = parseJws(proof);
  checkHeader(jws, { types: ['openid4vci-proof+jwt'], algorithms: binding.proofs.jwt?.algorithms ?? [] });
  checkClaims(jws, expectation);
  checkTimes(jws.payload, { clock, toleranceSeconds, maximumAgeSeconds: proofAgeSeconds });
  return jws;
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

/** The attestations of the proofs, where the type asks for them (standards V-77); one that comes in several proofs is verified once. */
async function readAttestations(proofs: readonly ParsedJws[], expectation: ProofExpectation): Promise<readonly KeyAttestation[]> {
  const { binding, trust, clock } = expectation;
  const { algorithms = [], keyAttestation: demands } = binding.proofs.jwt ?? {};
  if (!demands) return [];
  const { attesters } = trust;
  const verified = new Map<string, KeyAttestation>();
  for (const { header } of proofs) {
    const { key_attestation: token } = header;
    if (typeof token !== 'string') throw new JwsFault('no key attestation');
    if (!verified.has(token))
      verified.set(token, await verifyKeyAttestation(token, { attesters, algorithms, demands, clock, mustEnd: true }));
  }
  return proofs.map(({ header }) => verified.get(header.key_attestation as string) as KeyAttestation);
}

/** Appendix D.1: whoever signs the proof holds an attested key; appendix F.1: the attestation's nonce is one of ours. */
function checkAttestation({ keys, nonce }: KeyAttestation, { jws, holder }: ReadProof, { binding }: ProofExpectation): void {
  const thumbprint = jwkThumbprint(holder.jwk);
  if (!keys.some((key) => key.thumbprint === thumbprint)) throw new JwsFault('a proof by a key that is not attested');
  if (nonce === undefined && binding.proofs.jwt?.keyAttestation?.nonce === 'required') throw new JwsFault('no nonce in the attestation');
  if (nonce !== undefined && nonce !== jws.payload.nonce) throw new NonceFault('another nonce in the attestation');
}

/** Appendix F.1: a credential for each attested key. Where that is more than this issuer gives, the key that signed is among them. */
function chooseHolders({ keys }: KeyAttestation, own: Holder, maximum: number): readonly Holder[] {
  const thumbprint = jwkThumbprint(own.jwk);
  const place = keys.findIndex((key) => key.thumbprint === thumbprint);
  const chosen = keys.map((key, index) => (index === place ? own : holderOf(key)));
  return place < maximum ? chosen.slice(0, maximum) : [...chosen.slice(0, maximum - 1), own];
}

/** OpenID4VCI 1.0 appendix F.1 and F.4. Throws `JwsFault`. */
export async function verifyJwtProofs(tokens: readonly string[], expectation: ProofExpectation): Promise<ProvenKeys> {
  const proofs = tokens.map((token) => readProof(token, expectation));
  const attestations = expectation.binding.proofs.jwt?.keyAttestation ? await readAttestations(proofs, expectation) : [];
  const read = proofs.map((jws, index): ReadProof => ({ jws, holder: readKey(jws, expectation, attestations[index]) }));
  checkKeysDiffer(read);
  const nonce = findNonce(read);
  await Promise.all(read.map(({ jws, holder }) => verifySignature(jws, importPublicKey(holder.jwk))));
  for (const [index, attestation] of attestations.entries()) checkAttestation(attestation, read[index] as ReadProof, expectation);
  const [attestation] = attestations;
  const [first] = read;
  // Several proofs each speak for their own key.
  if (attestation && first && read.length === 1) return { holders: chooseHolders(attestation, first.holder, expectation.maximum), nonce };
  return { holders: read.map(({ holder }) => holder), nonce };
}
