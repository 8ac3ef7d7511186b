import { base64url, readBase64url } from '../../../lib/bytes.ts';
import { type Cbor, encodeCbor } from '../../../lib/cbor.ts';
import { CborFault, readCbor } from '../../../lib/cbor-reader.ts';

/** What an issuer gives the holder, and nobody else (Data Integrity ECDSA §3.5.2). */
export interface BaseProof {
  readonly baseSignature: Uint8Array;
  /** Multikey of the key that signs the statements of this one proof. */
  readonly publicKey: Uint8Array;
  readonly hmacKey: Uint8Array;
  /** One for each statement that may be kept back, in their order. */
  readonly signatures: readonly Uint8Array[];
  readonly mandatoryPointers: readonly string[];
}

/** What a holder shows (§3.5.7). */
export interface DerivedProof {
  readonly baseSignature: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly signatures: readonly Uint8Array[];
  /** By the number of the canonical label. */
  readonly labels: ReadonlyMap<number, Uint8Array>;
  readonly mandatoryIndexes: readonly number[];
}

const headers = { base: Buffer.from('d95d00', 'hex'), derived: Buffer.from('d95d01', 'hex') } as const;
const signatureLength = 64;
const publicKeyLength = 35;
const hmacLength = 32;
const maximumLength = 512 * 1024;

/** A proof value that does not read. */
export class ProofValueFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ProofValueFault';
  }
}

const write = (header: Uint8Array, components: readonly Cbor[]) => `u${base64url(Buffer.concat([header, encodeCbor(components)]))}`;

export function writeBaseProof({ baseSignature, publicKey, hmacKey, signatures, mandatoryPointers }: BaseProof): string {
  return write(headers.base, [baseSignature, publicKey, hmacKey, signatures, mandatoryPointers]);
}

export function writeDerivedProof({ baseSignature, publicKey, signatures, labels, mandatoryIndexes }: DerivedProof): string {
  return write(headers.derived, [baseSignature, publicKey, signatures, labels, mandatoryIndexes]);
}

function readComponents(proofValue: unknown, header: Uint8Array): readonly Cbor[] {
  const bytes =
    typeof proofValue === 'string' && proofValue.length < maximumLength && proofValue.startsWith('u')
      ? readBase64url(proofValue.slice(1))
      : undefined;
  if (!bytes || !header.every((byte, index) => bytes[index] === byte)) throw new ProofValueFault('the proof value is of another kind');
  try {
    const components = readCbor(bytes.subarray(header.length));
    if (Array.isArray(components) && components.length === 5) return components as readonly Cbor[];
  } catch (fault) {
    if (!(fault instanceof CborFault)) throw fault;
  }
  throw new ProofValueFault('the proof value is not five components');
}

function bytesOf(value: Cbor | undefined, length: number): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length !== length) throw new ProofValueFault('a component of another length');
  return value;
}

function listOf<Entry>(value: Cbor | undefined, read: (entry: Cbor) => Entry): readonly Entry[] {
  if (!Array.isArray(value)) throw new ProofValueFault('a component that is no list');
  return (value as readonly Cbor[]).map(read);
}

function textOf(value: Cbor): string {
  if (typeof value !== 'string') throw new ProofValueFault('a pointer that is no text');
  return value;
}

function indexOf(value: Cbor): number {
  if (typeof value !== 'number' || value < 0) throw new ProofValueFault('an index that is no index');
  return value;
}

const readKeyAndSignature = ([baseSignature, publicKey]: readonly Cbor[]) => ({
  baseSignature: bytesOf(baseSignature, signatureLength),
  publicKey: bytesOf(publicKey, publicKeyLength),
});

/** §3.5.3. Throws `ProofValueFault`. */
export function readBaseProof(proofValue: unknown): BaseProof {
  const components = readComponents(proofValue, headers.base);
  const [, , hmacKey, signatures, pointers] = components;
  return {
    ...readKeyAndSignature(components),
    hmacKey: bytesOf(hmacKey, hmacLength),
    signatures: listOf(signatures, (entry) => bytesOf(entry, signatureLength)),
    mandatoryPointers: listOf(pointers, textOf),
  };
}

/** §3.5.8. Throws `ProofValueFault`. */
export function readDerivedProof(proofValue: unknown): DerivedProof {
  const components = readComponents(proofValue, headers.derived);
  const [, , signatures, labels, indexes] = components;
  if (!(labels instanceof Map)) throw new ProofValueFault('labels that are no map');
  return {
    ...readKeyAndSignature(components),
    signatures: listOf(signatures, (entry) => bytesOf(entry, signatureLength)),
    labels: new Map([...(labels as ReadonlyMap<string | number, Cbor>)].map(([key, label]) => [indexOf(key), bytesOf(label, hmacLength)])),
    mandatoryIndexes: listOf(indexes, indexOf),
  };
}
