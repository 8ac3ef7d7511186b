import type { Cbor } from './cbor.ts';

/** Bytes that are no CBOR of the kind we read. */
export class CborFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CborFault';
  }
}

const maximumDepth = 16;

/** Reads from untrusted bytes; every length is held against what is left of them. */
class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get isAtEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new CborFault('the bytes end too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  /** RFC 8949 §3: definite lengths, at most four bytes long. */
  #argument(information: number): number {
    if (information < 24) return information;
    if (information > 26) throw new CborFault('a length of a kind that is not read');
    const length = 2 ** (information - 24);
    return this.#take(length).readUIntBE(0, length);
  }

  /** A count of items, each of which takes a byte at least. */
  #count(information: number): number {
    const count = this.#argument(information);
    if (count > this.#bytes.length - this.#at) throw new CborFault('the bytes end too early');
    return count;
  }

  read(depth: number): Cbor {
    if (depth > maximumDepth) throw new CborFault('too deep');
    const head = this.#take(1).readUInt8(0);
    const information = head & 0x1f;
    switch (head >> 5) {
      case 0:
        return this.#argument(information);
      case 1:
        return -1 - this.#argument(information);
      case 2:
        return new Uint8Array(this.#take(this.#argument(information)));
      case 3:
        return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(this.#take(this.#argument(information)));
      case 4:
        return Array.from({ length: this.#count(information) }, () => this.read(depth + 1));
      case 5:
        return this.#map(this.#count(information), depth);
      default:
        throw new CborFault('an item of a kind that is not read');
    }
  }

  #map(count: number, depth: number): ReadonlyMap<string | number, Cbor> {
    const map = new Map<string | number, Cbor>();
    for (let index = 0; index < count; index += 1) {
      const key = this.read(depth + 1);
      if ((typeof key !== 'string' && typeof key !== 'number') || map.has(key)) throw new CborFault('a key twice, or of another kind');
      map.set(key, this.read(depth + 1));
    }
    return map;
  }
}

/** Reads one item of integers, texts, bytes, arrays and maps; no tags, no floats, nothing behind it. Throws `CborFault`. */
export function readCbor(bytes: Uint8Array): Cbor {
  const reader = new Reader(bytes);
  try {
    const value = reader.read(0);
    if (!reader.isAtEnd) throw new CborFault('something stands behind the item');
    return value;
  } catch (fault) {
    throw fault instanceof CborFault ? fault : new CborFault('a text that is no UTF-8');
  }
}
