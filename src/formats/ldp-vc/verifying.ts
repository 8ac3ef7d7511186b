import { createPublicKey, type KeyObject, verify, type webcrypto } from 'node:crypto';
import { readBase58 } from '../../lib/base58.ts';
import { digest } from '../../lib/bytes.ts';
import { canonicalJson } from '../../lib/jcs.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { fitsAlgorithm } from '../../oauth/public-key.ts';
import type { JudgingTools, Problem } from '../credential-documents.ts';
import { readTime } from './data-model.ts';
import type { JsonLd } from './json-ld.ts';
import { malformed, problem } from './problems.ts';
import { verifyDerived } from './selective/derived-proof.ts';
import { ProofValueFault } from './selective/proof-value.ts';
import { type Suite, suites } from './suites.ts';

/** What a proof is to prove, and by whom. */
export interface Claimed {
  readonly purpose: 'assertionMethod' | 'authentication';
  /** The DID whose keys may sign; `undefined` when the document does not say. */
  readonly controller: string | undefined;
}

const failed = (detail: string) => problem('PROOF_VERIFICATION_ERROR', detail);
const fitting = (jwk: NonNullable<Awaited<ReturnType<JudgingTools['findKey']>>>) =>
  createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });

/** The suite that a proof names, with the key that fits the key at hand (quality R39). */
function suiteOf({ type, cryptosuite }: JsonObject, key: KeyObject): Suite | undefined {
  return suites.find(
    ({ proofType, name, algorithm }) =>
      proofType === type &&
      (proofType === 'DataIntegrityProof' ? name === cryptosuite : cryptosuite === undefined) &&
      fitsAlgorithm(key, algorithm),
  );
}

/** Data Integrity 1.0 §4.4, the members that say what a proof is for; what speaks against it, if anything does. */
function judgeOptions(proof: JsonObject, { purpose, controller }: Claimed, { now, domain, challenge }: JudgingTools): Problem | undefined {
  const { verificationMethod, proofPurpose } = proof;
  if (typeof proof.type !== 'string') throw malformed('proof/type', 'is missing');
  if (typeof verificationMethod !== 'string') throw malformed('proof/verificationMethod', 'is missing');
  if (typeof proofPurpose !== 'string') throw malformed('proof/proofPurpose', 'is missing');
  const created = readTime(proof.created, 'proof/created');
  const expires = readTime(proof.expires, 'proof/expires');
  if (proofPurpose !== purpose) return failed(`The proof is for ${proofPurpose}, and not for ${purpose}.`);
  if (proof.previousProof !== undefined) return failed('The proof builds on another one, which is not supported.');
  if ((created && created > now) || (expires && expires <= now)) return failed('The proof is outside its time.');
  if (controller !== undefined && verificationMethod.split('#')[0] !== controller)
    return failed('The key of the proof is of somebody else.');
  if (domain !== undefined && ![proof.domain].flat().includes(domain))
    return problem('INVALID_DOMAIN_ERROR', 'The proof is for another domain.');
  if (challenge !== undefined && proof.challenge !== challenge)
    return problem('INVALID_CHALLENGE_ERROR', 'The proof answers another challenge.');
  return undefined;
}

/** standards DI-6: a jcs proof carries the contexts it was made under, and the document may have more behind them. */
function documentUnder(proof: JsonObject, document: JsonObject): JsonObject | undefined {
  const [made, now] = [[proof['@context'] ?? []].flat(), [document['@context'] ?? []].flat()] as readonly (readonly Json[])[];
  if (!made || !now || proof['@context'] === undefined) return document;
  return made.every((entry, index) => JSON.stringify(entry) === JSON.stringify(now[index]))
    ? { ...document, '@context': proof['@context'] }
    : undefined;
}

function signatureOf(proofValue: Json | undefined): Uint8Array | undefined {
  return typeof proofValue === 'string' && proofValue.startsWith('z') ? readBase58(proofValue.slice(1)) : undefined;
}

interface Hashing {
  readonly suite: Suite;
  readonly jsonLd: JsonLd;
}

async function signedHashes(
  { suite, jsonLd }: Hashing,
  document: JsonObject,
  options: JsonObject,
): Promise<readonly [proof: Uint8Array, document: Uint8Array]> {
  const jcs = suite.canonicalisation === 'jcs';
  const canonical = async (value: JsonObject) => (jcs ? canonicalJson(value) : jsonLd.canonical(value, suite.digest));
  const proofHash = digest(suite.digest, await canonical(jcs ? options : { ...options, '@context': document['@context'] as Json }));
  // A suite that can be cut hashes its statements one by one.
  return [proofHash, suite.selective ? new Uint8Array() : digest(suite.digest, await canonical(document))];
}

/** Data Integrity EdDSA §3, ECDSA §3: whether the signature is one over this document. */
async function isSigned(hashing: Hashing, document: JsonObject, proof: JsonObject, key: KeyObject): Promise<boolean> {
  const { suite, jsonLd } = hashing;
  const { proofValue, ...options } = proof;
  const signed = suite.canonicalisation === 'jcs' ? documentUnder(proof, document) : document;
  if (!signed) return false;
  const [proofHash, documentHash] = await signedHashes(hashing, signed, options);
  if (suite.selective) return verifyDerived(jsonLd, { document: signed, proofValue, proofHash, key });
  const signature = signatureOf(proofValue);
  if (!signature) return false;
  const hash = suite.algorithm === 'EdDSA' ? null : suite.digest;
  return verify(hash, Buffer.concat([proofHash, documentHash]), { key, dsaEncoding: 'ieee-p1363' }, signature);
}

interface Judging {
  readonly jsonLd: JsonLd;
  readonly claimed: Claimed;
  readonly tools: JudgingTools;
}

async function judgeProof(document: JsonObject, proof: JsonObject, { jsonLd, claimed, tools }: Judging): Promise<Problem | undefined> {
  const found = judgeOptions(proof, claimed, tools);
  if (found) return found;
  const jwk = await tools.findKey(String(proof.verificationMethod));
  if (!jwk) return failed('The key of the proof is not known here.');
  const key = fitting(jwk);
  const suite = suiteOf(proof, key);
  if (!suite) return failed('The proof is of a suite that is not known, or that does not go with its key.');
  try {
    return (await isSigned({ suite, jsonLd }, document, proof, key)) ? undefined : failed('The signature is not one over this document.');
  } catch (fault) {
    if (fault instanceof ProofValueFault) return failed(`The proof does not read: ${fault.message}.`);
    throw fault;
  }
}

/** Every proof of a document has to be good. Throws `DocumentFault` for one that is none, `ClaimFault` for a document that is no JSON-LD. */
export async function judgeProofs(secured: JsonObject, judging: Judging): Promise<readonly Problem[]> {
  const { proof, ...document } = secured;
  const proofs = [proof ?? []].flat() as readonly Json[];
  if (proofs.length === 0 || proofs.length > 8 || !proofs.every(isJsonObject)) throw malformed('proof', 'is missing, or no proof');
  const judged = await Promise.all((proofs as readonly JsonObject[]).map((each) => judgeProof(document, each, judging)));
  return judged.filter((each) => each !== undefined);
}
