import { type Bytes, readUtf8 } from './bytes.ts';
import { CredentialFault } from './credential-reader.ts';

/** An item with a tag (RFC 8949 §3.4) and its bytes as they stand, so that they can be digested. */
export class Tagged {
  readonly tag: number;
  readonly value: Cbor;
  readonly whole: Bytes;
  constructor(tag: number, value: Cbor, whole: Bytes) {
    this.tag = tag;
    this.value = value;
    this.whole = whole;
  }
}

export type CborMap = ReadonlyMap<string | number, Cbor>;
export type Cbor = string | number | boolean | null | Bytes | Tagged | readonly Cbor[] | CborMap;

const maximumDepth = 16;
const fault = (reason: string) => new CredentialFault(`CBOR: ${reason}`);

/** One reading: RFC 8949 with definite lengths and shortest heads alone, as ISO/IEC 18013-5 writes it; every step is bounded by the bytes there are. */
class Reading {
  readonly #bytes: Bytes;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Bytes) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  #take(length: number): Bytes {
    if (length > this.left) throw fault('cut off');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** The argument of a head (§3): 24 to 27 say how many bytes hold it, 31 would be an indefinite length. */
  #argument(information: number): number {
    if (information < 24) return information;
    if (information > 27) throw fault('a length we do not take');
    const size = 2 ** (information - 24);
    let value = 0;
    for (const byte of this.#take(size)) value = value * 256 + byte;
    const least = size === 1 ? 24 : 256 ** (size / 2);
    if (value < least) throw fault('a number that is not the shortest');
    if (!Number.isSafeInteger(value)) throw fault('a number too great');
    return value;
  }

  #float(information: number): Cbor {
    const at = this.#at;
    if (information === 25) {
      this.#take(2);
      return readHalf(this.#view.getUint16(at));
    }
    this.#take(information === 26 ? 4 : 8);
    return information === 26 ? this.#view.getFloat32(at) : this.#view.getFloat64(at);
  }

  #simple(information: number): Cbor {
    if (information === 20 || information === 21) return information === 21;
    if (information === 22) return null;
    if (information >= 25 && information <= 27) return this.#float(information);
    throw fault('a simple value we do not take');
  }

  #map(count: number, depth: number): CborMap {
    const map = new Map<string | number, Cbor>();
    for (let index = 0; index < count; index += 1) {
      const key = this.item(depth);
      if (typeof key !== 'string' && !Number.isSafeInteger(key)) throw fault('a key that is neither text nor a whole number');
      if (map.has(key as string | number)) throw fault('a key twice');
      map.set(key as string | number, this.item(depth));
    }
    return map;
  }

  #list(count: number, depth: number): readonly Cbor[] {
    const list: Cbor[] = [];
    for (let index = 0; index < count; index += 1) list.push(this.item(depth));
    return list;
  }

  #text(length: number): string {
    try {
      return readUtf8(this.#take(length));
    } catch {
      throw fault('a text that is not UTF-8');
    }
  }

  item(depth: number): Cbor {
    if (depth > maximumDepth) throw fault('too deep');
    const begun = this.#at;
    const [first = 0] = this.#take(1);
    const [major, information] = [first >> 5, first & 0x1f];
    if (major === 7) return this.#simple(information);
    const argument = this.#argument(information);
    // An item of a list or map takes a byte at least: a greater count than bytes is refused before anything is made.
    if ((major === 4 || major === 5) && argument * (major - 3) > this.left) throw fault('cut off');
    switch (major) {
      case 0:
        return argument;
      case 1:
        return -1 - argument;
      case 2:
        return this.#take(argument);
      case 3:
        return this.#text(argument);
      case 4:
        return this.#list(argument, depth + 1);
      case 5:
        return this.#map(argument, depth + 1);
      default: {
        const value = this.item(depth + 1);
        return new Tagged(argument, value, this.#bytes.subarray(begun, this.#at));
      }
    }
  }
}

/** IEEE 754 binary16 (RFC 8949 appendix D). */
function readHalf(bits: number): number {
  const [exponent, fraction] = [(bits >> 10) & 0x1f, bits & 0x3ff];
  const magnitude =
    exponent === 0
      ? fraction * 2 ** -24
      : exponent === 31
        ? fraction === 0
          ? Number.POSITIVE_INFINITY
          : Number.NaN
        : (1 + fraction / 1024) * 2 ** (exponent - 15);
  return bits & 0x8000 ? -magnitude : magnitude;
}

/** The one item that the bytes are. Throws `CredentialFault`. */
export function readCbor(bytes: Bytes): Cbor {
  const reading = new Reading(bytes);
  const value = reading.item(0);
  if (reading.left > 0) throw fault('something behind it');
  return value;
}

/** A byte string as CBOR writes it, for what COSE signs (RFC 9052 §4.4). */
export function encodeByteString(bytes: Uint8Array): Bytes {
  const { length } = bytes;
  const head =
    length < 24
      ? [0x40 | length]
      : length < 0x100
        ? [0x58, length]
        : length < 0x1_0000
          ? [0x59, length >> 8, length & 0xff]
          : [0x5a, length >>> 24, (length >> 16) & 0xff, (length >> 8) & 0xff, length & 0xff];
  const whole = new Uint8Array(head.length + length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}
