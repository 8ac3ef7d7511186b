import { createPublicKey, type KeyObject, verify, type webcrypto } from 'node:crypto';
import { base64url } from '../../../lib/bytes.ts';
import type { Json, JsonObject } from '../../../lib/json.ts';
import { readMultikeyBytes } from '../../../oauth/multikey.ts';
import type { JsonLd } from '../json-ld.ts';
import { signedData } from './base-proof.ts';
import { canonicalLines, groupStatements, hmacLabels } from './grouping.ts';
import { selectJson } from './pointers.ts';
import { ProofValueFault, readBaseProof, readDerivedProof, writeDerivedProof } from './proof-value.ts';

const canonicalNumber = (label: string) => Number(label.slice('c14n'.length));

/**
 * Data Integrity ECDSA §3.6.6: what pointers lead to, beside what is always shown, with a proof of these statements alone.
 * Throws `ProofValueFault`, `PointerFault`, `ClaimFault`.
 */
export async function deriveSelection(jsonLd: JsonLd, credential: JsonObject, pointers: readonly string[]): Promise<JsonObject> {
  const { proof, ...document } = credential;
  const { baseSignature, publicKey, hmacKey, signatures, mandatoryPointers } = readBaseProof((proof as JsonObject).proofValue);
  const { lines, labels, select } = await groupStatements(jsonLd, document, hmacLabels(hmacKey));
  const all = [...mandatoryPointers, ...pointers];
  if (all.length === 0) throw new ProofValueFault('nothing to show: neither the issuer nor the holder points at anything');
  const [mandatory, selective, combined] = [await select(mandatoryPointers), await select(pointers), await select(all)];
  if (signatures.length !== lines.length - mandatory.indexes.size) throw new ProofValueFault('a signature count that does not fit');
  const shown = [...combined.indexes].sort((a, b) => a - b);
  const open = lines.flatMap((_, index) => (mandatory.indexes.has(index) ? [] : [index]));
  // §3.5.4: the verifier's own labels lead to those that were signed.
  const seen = await jsonLd.canonicalLabels(combined.quads);
  const proofValue = writeDerivedProof({
    baseSignature,
    publicKey,
    signatures: signatures.filter((_, place) => selective.indexes.has(open[place] as number)),
    labels: new Map(
      [...seen].map(([label, canonical]) => [canonicalNumber(canonical), Buffer.from((labels.get(label) ?? '').slice(1), 'base64url')]),
    ),
    mandatoryIndexes: shown.flatMap((index, place) => (mandatory.indexes.has(index) ? [place] : [])),
  });
  return { ...selectJson(document, all), proof: { ...(proof as JsonObject), proofValue } };
}

export interface DerivedProofOrder {
  readonly document: JsonObject;
  readonly proofValue: Json | undefined;
  /** Of the canonical proof options. */
  readonly proofHash: Uint8Array;
  readonly key: KeyObject;
}

/** §3.6.7. Throws `ProofValueFault` for a proof that does not read, `ClaimFault` for a document that does not. */
export async function verifyDerived(jsonLd: JsonLd, { document, proofValue, proofHash, key }: DerivedProofOrder): Promise<boolean> {
  const { baseSignature, publicKey, signatures, labels, mandatoryIndexes } = readDerivedProof(proofValue);
  const { lines } = await canonicalLines(jsonLd, await jsonLd.dataset(document), (canonical) => {
    const label = labels.get(canonicalNumber(canonical));
    if (!label) throw new ProofValueFault('a node without a label');
    return `u${base64url(label)}`;
  });
  const isMandatory = new Set(mandatoryIndexes);
  if (isMandatory.size !== mandatoryIndexes.length || mandatoryIndexes.some((index) => index >= lines.length))
    throw new ProofValueFault('an index twice, or beyond the statements');
  const mandatory = lines.filter((_, index) => isMandatory.has(index));
  const others = lines.filter((_, index) => !isMandatory.has(index));
  if (others.length !== signatures.length) throw new ProofValueFault('a signature count that does not fit');
  const jwk = readMultikeyBytes(publicKey);
  if (jwk?.crv !== 'P-256') throw new ProofValueFault('a key of another curve');
  // Not remembered: it belongs to this proof alone.
  const proofKey = { key: createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' }), dsaEncoding: 'ieee-p1363' } as const;
  const signed = signedData(proofHash, publicKey, mandatory);
  if (!verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, baseSignature)) return false;
  return others.every((line, index) => verify('sha256', Buffer.from(line, 'utf8'), proofKey, signatures[index] as Uint8Array));
}
