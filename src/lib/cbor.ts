/** An item with a tag (RFC 8949 §3.4). */
export class Tagged {
  readonly tag: number;
  readonly value: Cbor;
  constructor(tag: number, value: Cbor) {
    this.tag = tag;
    this.value = value;
  }
}

/** A value that CBOR can carry; integers up to 2^53. */
export type Cbor = string | number | boolean | null | Uint8Array | Tagged | readonly Cbor[] | ReadonlyMap<string | number, Cbor>;

/** RFC 8949 §3.1 */
export const majorTypes = { unsigned: 0, negative: 1, bytes: 2, text: 3, array: 4, map: 5, tag: 6 } as const;

/** RFC 8949 §3.4.5.1 */
export const encodedItemTag = 24;

const shortest = 24;

/** The head of an item: its major type and its argument in the fewest bytes (RFC 8949 §4.2.1). */
export function cborHead(major: number, argument: number): Uint8Array {
  const type = major << 5;
  if (argument < shortest) return Uint8Array.of(type | argument);
  if (argument < 0x100) return Uint8Array.of(type | 24, argument);
  const bytes = Buffer.alloc(argument < 0x1_0000 ? 3 : argument < 0x1_0000_0000 ? 5 : 9);
  bytes[0] = type | (bytes.length === 3 ? 25 : bytes.length === 5 ? 26 : 27);
  if (bytes.length === 9) bytes.writeBigUInt64BE(BigInt(argument), 1);
  else bytes.writeUIntBE(argument, 1, bytes.length - 1);
  return bytes;
}

/** The shortest of the three forms that keeps the value (RFC 8949 §4.2.1). */
export function cborFloat(value: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (Math.f16round(value) === value) {
    bytes[0] = 0xf9;
    view.setFloat16(1, value);
    return bytes.subarray(0, 3);
  }
  if (Math.fround(value) === value) {
    bytes[0] = 0xfa;
    view.setFloat32(1, value);
    return bytes.subarray(0, 5);
  }
  bytes[0] = 0xfb;
  view.setFloat64(1, value);
  return bytes;
}

function encodeNumber(value: number): Uint8Array {
  if (Number.isSafeInteger(value)) return value < 0 ? cborHead(majorTypes.negative, -1 - value) : cborHead(majorTypes.unsigned, value);
  if (!Number.isFinite(value)) throw new TypeError('CBOR of ours carries finite numbers only.');
  return cborFloat(value);
}

function encodeMap(map: ReadonlyMap<string | number, Cbor>): Uint8Array {
  const entries = [...map].map(([key, value]) => ({ key: encodeCbor(key), value }));
  entries.sort((a, b) => Buffer.compare(a.key, b.key));
  return Buffer.concat([cborHead(majorTypes.map, map.size), ...entries.flatMap(({ key, value }) => [key, encodeCbor(value)])]);
}

/** Core deterministic encoding (RFC 8949 §4.2.1): definite lengths, shortest heads, keys in bytewise order. */
export function encodeCbor(value: Cbor): Uint8Array {
  if (typeof value === 'number') return encodeNumber(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('A text of CBOR is well-formed Unicode.');
    const bytes = Buffer.from(value, 'utf8');
    return Buffer.concat([cborHead(majorTypes.text, bytes.length), bytes]);
  }
  if (value === null) return Uint8Array.of(0xf6);
  if (typeof value === 'boolean') return Uint8Array.of(value ? 0xf5 : 0xf4);
  if (value instanceof Uint8Array) return Buffer.concat([cborHead(majorTypes.bytes, value.length), value]);
  if (value instanceof Tagged) return Buffer.concat([cborHead(majorTypes.tag, value.tag), encodeCbor(value.value)]);
  if (value instanceof Map) return encodeMap(value);
  const entries = value as readonly Cbor[];
  return Buffer.concat([cborHead(majorTypes.array, entries.length), ...entries.map(encodeCbor)]);
}

/** An item whose encoding travels as a byte string (RFC 8949 §3.4.5.1), so that it can be digested as it stands. */
export const embeddedCbor = (value: Cbor): Tagged => new Tagged(encodedItemTag, encodeCbor(value));
