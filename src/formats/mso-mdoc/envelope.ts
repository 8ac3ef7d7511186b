import type { AnySigner } from '../../keys/keys.ts';
import { cborHead, encodeCbor, majorTypes } from '../../lib/cbor.ts';
import { coseAlgorithms, protectedHeader, signatureContext, unprotectedHeader } from './cose.ts';
import { type MdocAlgorithm, mdocAlgorithms } from './elements.ts';

const text = (value: string) => encodeCbor(value);
const join = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);
const headOf = (namespaces: number) => join(text('nameSpaces'), cborHead(majorTypes.map, namespaces));
const heads = Array.from({ length: 8 }, (_, count) => headOf(count));

/** What an algorithm fixes of an envelope. */
interface Frame {
  readonly header: Uint8Array;
  /** RFC 9052 §4.4: what stands before the payload in the structure that is signed. */
  readonly beforePayload: Uint8Array;
  readonly beforeSignature: Uint8Array;
  readonly signatureLength: number;
}

function frameOf(algorithm: MdocAlgorithm): Frame {
  const { signatureLength } = coseAlgorithms[algorithm];
  const header = encodeCbor(protectedHeader(algorithm));
  return {
    header,
    beforePayload: join(cborHead(majorTypes.array, 4), text(signatureContext), header, encodeCbor(new Uint8Array())),
    beforeSignature: cborHead(majorTypes.bytes, signatureLength),
    signatureLength,
  };
}

export const frames = Object.fromEntries(mdocAlgorithms.map((algorithm) => [algorithm, frameOf(algorithm)])) as Readonly<
  Record<MdocAlgorithm, Frame>
>;

// By signer and not by key id: a renewed certificate is another signer of the same key.
const beginnings = new WeakMap<AnySigner, Uint8Array>();

/** Everything before the payload in `IssuerSigned`: it is the same for every credential of a signer. */
function beginningOf(signer: AnySigner, { header }: Frame): Uint8Array {
  const known = beginnings.get(signer);
  if (known) return known;
  const issuerAuth = [cborHead(majorTypes.array, 4), header, encodeCbor(unprotectedHeader(signer))];
  const made = join(cborHead(majorTypes.map, 2), text('issuerAuth'), ...issuerAuth);
  beginnings.set(signer, made);
  return made;
}

// A buffer is taken while a signature is waited for, and comes back: making one costs more than filling it.
const spare: Buffer[] = [];
const mostSpare = 64;
const leastLength = 16 * 1024;
const mostLength = 256 * 1024;

function takeBuffer(length: number): Buffer {
  const known = spare.pop();
  return known && known.length >= length ? known : Buffer.allocUnsafeSlow(Math.max(length, leastLength));
}

function giveBack(buffer: Buffer): void {
  if (spare.length < mostSpare && buffer.length <= mostLength) spare.push(buffer);
}

/** What was written of a credential before it is signed. */
export interface Written {
  /** The frame's `beforePayload` and the payload: what is signed. */
  readonly input: Uint8Array;
  readonly items: Uint8Array;
  /** How many namespaces the items are of. */
  readonly namespaces: number;
}

/** An `IssuerSigned` that lacks its signature and what stands before the payload. */
export interface Unsigned {
  readonly whole: Buffer;
  readonly length: number;
  /** What is signed. It stands where it belongs; its first bytes lie for a while over the end of the certificate. */
  readonly input: Uint8Array;
  readonly beginning: Uint8Array;
  readonly signatureAt: number;
  readonly signatureLength: number;
}

/** Copies what was written to where it stands in `IssuerSigned`. */
export function prepareEnvelope({ input, items, namespaces }: Written, signer: AnySigner, frame: Frame): Unsigned {
  const { beforePayload, beforeSignature, signatureLength } = frame;
  const beginning = beginningOf(signer, frame);
  const head = heads[namespaces] ?? headOf(namespaces);
  const inputAt = beginning.length - beforePayload.length;
  const payloadEnd = inputAt + input.length;
  const signatureAt = payloadEnd + beforeSignature.length;
  const headAt = signatureAt + signatureLength;
  const length = headAt + head.length + items.length;
  const whole = takeBuffer(length);
  whole.set(input, inputAt);
  whole.set(beforeSignature, payloadEnd);
  whole.set(head, headAt);
  whole.set(items, headAt + head.length);
  return { whole, length, input: whole.subarray(inputAt, payloadEnd), beginning, signatureAt, signatureLength };
}

/** Base64url without padding (OpenID4VCI 1.0 appendix A.2.4). */
export function sealEnvelope({ whole, length, beginning, signatureAt, signatureLength }: Unsigned, signature: Uint8Array): string {
  if (signature.length !== signatureLength) throw new Error('A signature of another length than its algorithm has.');
  whole.set(beginning);
  whole.set(signature, signatureAt);
  const credential = whole.toString('base64url', 0, length);
  giveBack(whole);
  return credential;
}
