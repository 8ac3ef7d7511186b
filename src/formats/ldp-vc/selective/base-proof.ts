import { generateKeyPairSync, sign } from 'node:crypto';
import type { AnySigner, PublicJwk } from '../../../keys/keys.ts';
import { randomBytes, sha256 } from '../../../lib/bytes.ts';
import type { JsonObject } from '../../../lib/json.ts';
import { multikeyBytes } from '../../../oauth/multikey.ts';
import { ClaimFault } from '../../format.ts';
import type { JsonLd } from '../json-ld.ts';
import type { ProofOptions } from '../proof.ts';
import { groupStatements, hmacLabels } from './grouping.ts';
import { writeBaseProof } from './proof-value.ts';

/** What is made anew for each proof. */
export interface ProofSecrets {
  /** 32 bytes. */
  readonly hmacKey: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly sign: (statement: string) => Uint8Array;
}

/** A key that signs the statements of one proof and is forgotten with it (Data Integrity ECDSA §3.6.5). */
export function makeSecrets(): ProofSecrets {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    hmacKey: randomBytes(32),
    publicKey: multikeyBytes(publicKey.export({ format: 'jwk' }) as PublicJwk),
    sign: (statement) => sign('sha256', Buffer.from(statement, 'utf8'), { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  };
}

/** §3.5.1, with the hash of the statements that are always shown (§3.4.17). */
export const signedData = (proofHash: Uint8Array, publicKey: Uint8Array, mandatory: readonly string[]): Uint8Array =>
  Buffer.concat([proofHash, publicKey, sha256(mandatory.join(''))]);

export interface BaseProofOrder {
  readonly document: JsonObject;
  readonly mandatoryPointers: readonly string[];
  readonly options: ProofOptions;
  readonly signer: AnySigner;
}

/** §3.6.1: every statement that may be kept back has a signature of its own. Throws `ClaimFault`, `PointerFault`. */
export async function secureSelectively(jsonLd: JsonLd, order: BaseProofOrder, secrets: ProofSecrets = makeSecrets()): Promise<JsonObject> {
  const { document, mandatoryPointers, options, signer } = order;
  const { hmacKey, publicKey } = secrets;
  const { lines, select } = await groupStatements(jsonLd, document, hmacLabels(hmacKey));
  // Widespread libraries relabel whatever looks like a blank node, inside a text too.
  if (lines.some((line) => line.replaceAll(/(?:^| )_:u[\w-]{43}(?= )/g, '').includes('_:')))
    throw new ClaimFault('a text that holders and verifiers would read in two ways');
  const { indexes } = await select(mandatoryPointers);
  const mandatory = lines.filter((_, index) => indexes.has(index));
  const signatures = lines.filter((_, index) => !indexes.has(index)).map(secrets.sign);
  const baseSignature = await signer.sign(signedData(options.hash, publicKey, mandatory));
  const proofValue = writeBaseProof({ baseSignature, publicKey, hmacKey, signatures, mandatoryPointers });
  return { ...document, proof: { ...options.proof, proofValue } };
}
