import { majorTypes } from './cbor.ts';

/** Arguments below this stand in the first byte of a head (RFC 8949 §3). */
const shortest = 24;

/**
 * Writes deterministic CBOR straight into one buffer (performance L-10). The buffer grows and is used again:
 * what it holds is good until the next `reset`.
 */
export class CborWriter {
  #buffer: Buffer;
  #length = 0;

  constructor(capacity = 16 * 1024) {
    this.#buffer = Buffer.allocUnsafeSlow(capacity);
  }

  get length(): number {
    return this.#length;
  }

  reset(): void {
    this.#length = 0;
  }

  /** A view of what was written from one place to another, the whole when no place is given. */
  bytes(from = 0, to = this.#length): Uint8Array {
    return this.#buffer.subarray(from, to);
  }

  #reserve(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#buffer.length) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(needed, this.#buffer.length * 2));
    this.#buffer.copy(grown, 0, 0, this.#length);
    this.#buffer = grown;
  }

  /** Bytes that are CBOR already. */
  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** RFC 8949 §4.2.1: the argument in the fewest bytes. */
  head(major: number, argument: number): void {
    this.#reserve(9);
    const [buffer, at, type] = [this.#buffer, this.#length, major << 5];
    if (argument < shortest) {
      buffer[at] = type | argument;
      this.#length = at + 1;
    } else if (argument < 0x100) {
      buffer[at] = type | 24;
      buffer[at + 1] = argument;
      this.#length = at + 2;
    } else if (argument < 0x1_0000) {
      buffer[at] = type | 25;
      this.#length = buffer.writeUInt16BE(argument, at + 1);
    } else if (argument < 0x1_0000_0000) {
      buffer[at] = type | 26;
      this.#length = buffer.writeUInt32BE(argument, at + 1);
    } else {
      buffer[at] = type | 27;
      this.#length = buffer.writeBigUInt64BE(BigInt(argument), at + 1);
    }
  }

  boolean(value: boolean): void {
    this.#reserve(1);
    this.#buffer[this.#length] = value ? 0xf5 : 0xf4;
    this.#length += 1;
  }

  integer(value: number): void {
    if (value < 0) this.head(majorTypes.negative, -1 - value);
    else this.head(majorTypes.unsigned, value);
  }

  /** Well-formed text; the caller has checked that. Short ASCII, which most names are, is written letter by letter. */
  text(value: string): void {
    const units = value.length;
    this.#reserve(9 + units * 3);
    if (units < shortest && this.#shortAscii(value, units)) return;
    this.head(majorTypes.text, Buffer.byteLength(value, 'utf8'));
    this.#length += this.#buffer.write(value, this.#length, 'utf8');
  }

  /** What it wrote counts only when every letter was ASCII. */
  #shortAscii(value: string, units: number): boolean {
    const [buffer, at] = [this.#buffer, this.#length];
    buffer[at] = (majorTypes.text << 5) | units;
    for (let index = 0; index < units; index += 1) {
      const code = value.charCodeAt(index);
      if (code >= 0x80) return false;
      buffer[at + 1 + index] = code;
    }
    this.#length = at + 1 + units;
    return true;
  }

  /** Bytes handed over as a text of one letter per byte, without a head. */
  latin1(value: string): void {
    this.#reserve(value.length);
    const [buffer, at] = [this.#buffer, this.#length];
    for (let index = 0; index < value.length; index += 1) buffer[at + index] = value.charCodeAt(index);
    this.#length = at + value.length;
  }

  /** Puts a part of other bytes where room was left. */
  fill(at: number, bytes: Buffer, from: number, to: number): void {
    bytes.copy(this.#buffer, at, from, to);
  }

  byteString(bytes: Uint8Array): void {
    this.head(majorTypes.bytes, bytes.length);
    this.raw(bytes);
  }

  /** Begins a byte string of what is written next; `headLength` is the length its head will likely have. */
  open(headLength: number): number {
    this.#reserve(headLength);
    this.#length += headLength;
    return this.#length;
  }

  /** Ends it: writes its head, and moves what is in it when the head is of another length. */
  close(opened: number, headLength: number): void {
    // Room for any head, so that writing it below cannot move to a greater buffer without what stands behind it.
    this.#reserve(9);
    const length = this.#length - opened;
    const needed = length < shortest ? 1 : length < 0x100 ? 2 : length < 0x1_0000 ? 3 : 5;
    const moved = opened - headLength + needed;
    if (needed !== headLength) this.#buffer.copyWithin(moved, opened, this.#length);
    this.#length = opened - headLength;
    this.head(majorTypes.bytes, length);
    this.#length = moved + length;
  }

  /** A byte string from base64; whether every letter counted. */
  base64(value: string, length: number): boolean {
    this.head(majorTypes.bytes, length);
    this.#reserve(length);
    const written = this.#buffer.write(value, this.#length, length, 'base64');
    this.#length += length;
    return written === length;
  }
}
