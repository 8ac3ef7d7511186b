import type { AnySigner } from '../../keys/keys.ts';
import { base58 } from '../../lib/base58.ts';
import { type DigestName, digest } from '../../lib/bytes.ts';
import { canonicalJson } from '../../lib/jcs.ts';
import type { JsonObject } from '../../lib/json.ts';
import { ed25519Key2020Fragment, multikeyOf } from '../../oauth/multikey.ts';
import type { Order } from '../format.ts';
import { timeStamp } from './credential.ts';
import type { JsonLd } from './json-ld.ts';
import type { Suite } from './suites.ts';

/** What of an order a proof depends on. */
export type ProofOrder = Pick<Order, 'issuerDid' | 'issuedAt' | 'signer'>;

/** A proof without its value, and the hash of its canonical form. */
export interface ProofOptions {
  readonly proof: JsonObject;
  /** The digest of the suite. */
  readonly digest: DigestName;
  readonly hash: Uint8Array;
}

/** The key in the form that the suite's verifiers ask the issuer's DID document for (standards DI-7, DI-9). */
function keyFragment({ proofType }: Suite, { publicJwk, keyId }: AnySigner): string {
  return proofType === 'Ed25519Signature2020' ? ed25519Key2020Fragment(keyId) : multikeyOf(publicJwk);
}

/** Data Integrity 1.0 §2.1. */
function unsignedProof(suite: Suite, { issuerDid, issuedAt, signer }: ProofOrder, context: readonly string[]): JsonObject {
  const { proofType, name, canonicalisation } = suite;
  return {
    type: proofType,
    ...(proofType === 'DataIntegrityProof' ? { cryptosuite: name } : {}),
    created: timeStamp(issuedAt),
    verificationMethod: `${issuerDid}#${keyFragment(suite, signer)}`,
    proofPurpose: 'assertionMethod',
    // standards DI-6: a jcs proof carries the contexts it was made under; an rdfc proof takes them from the document.
    ...(canonicalisation === 'jcs' ? { '@context': context } : {}),
  };
}

const maximumKept = 16;

/** Proof options change with the key and the day, not with the credential: made and hashed once for both (performance L-12). */
export function createProofs(suite: Suite, jsonLd: JsonLd): (order: ProofOrder, contexts: readonly string[]) => Promise<ProofOptions> {
  const kept = new WeakMap<AnySigner, Map<string, ProofOptions>>();
  return async (order, contexts) => {
    const { signer, issuerDid, issuedAt } = order;
    const ofSigner = kept.get(signer) ?? new Map<string, ProofOptions>();
    kept.set(signer, ofSigner);
    const key = `${issuedAt.getTime()} ${contexts.length} ${issuerDid}`;
    const known = ofSigner.get(key);
    if (known) return known;
    const proof = unsignedProof(suite, order, contexts);
    const rdf = () => jsonLd.canonical({ '@context': contexts, ...proof }, suite.digest);
    const canonical = suite.canonicalisation === 'jcs' ? canonicalJson(proof) : await rdf();
    if (ofSigner.size >= maximumKept) ofSigner.clear();
    const options = { proof, digest: suite.digest, hash: digest(suite.digest, canonical) };
    ofSigner.set(key, options);
    return options;
  };
}

/** Signs the two hashes, the proof's first (Data Integrity EdDSA §3.3.4, ECDSA §3.2.4). */
export async function secure(document: JsonObject, canonical: string, options: ProofOptions, signer: AnySigner): Promise<JsonObject> {
  const { proof, hash } = options;
  const hashes = new Uint8Array(2 * hash.length);
  hashes.set(hash);
  hashes.set(digest(options.digest, canonical), hash.length);
  return { ...document, proof: { ...proof, proofValue: `z${base58(await signer.sign(hashes))}` } };
}
