import { hash, randomBytes as nodeRandomBytes, timingSafeEqual } from 'node:crypto';

/** Whole groups of four, then two letters of which the last has four spare bits, or three of which the last has two: all of them zero. */
const canonicalBase64url = /^(?:[\w-]{4})*(?:[\w-][AQgw]|[\w-]{2}[AEIMQUYcgkosw048])?$/;

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

/** Unpadded base64url (RFC 7515 §2); a text stands for its UTF-8. */
export function base64url(data: Uint8Array | string): string {
  const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return bytes.toString('base64url');
}

/**
 * Reads unpadded base64url (RFC 7515 §2) and refuses every second spelling of the same bytes:
 * padding, foreign letters, spare bits that are not zero (quality Q22). `undefined` when it is not canonical.
 */
export function readBase64url(text: string): Uint8Array | undefined {
  return canonicalBase64url.test(text) ? Buffer.from(text, 'base64url') : undefined;
}

export function sha256(data: Uint8Array | string): Uint8Array {
  return hash('sha256', data, 'buffer');
}

/** A digest by its name, for what is signed by keys of more than one strength. */
export type DigestName = 'sha256' | 'sha384';

export function digest(name: DigestName, data: Uint8Array | string): Uint8Array {
  return hash(name, data, 'buffer');
}

/** The digest as base64url: what tokens and disclosures carry. A quarter of the cost of making the bytes first. */
export function sha256Base64url(data: Uint8Array | string): string {
  return hash('sha256', data, 'base64url');
}

/** The digest as a text of one letter per byte, for a buffer that takes it as `latin1`: at half the cost of bytes of its own. */
export function sha256Latin1(data: Uint8Array): string {
  return hash('sha256', data, 'binary');
}

const poolLength = 16 * 1024;
const pooledAtMost = 64;
let pool: Uint8Array = new Uint8Array();
let poolPosition = 0;

/**
 * Bytes from the system's generator; nothing else in the product makes randomness (quality Q34). Short ones come from
 * a pool that one call fills (performance L-08); what was handed out is wiped from it.
 */
export function randomBytes(length: number): Uint8Array {
  if (length > pooledAtMost) return nodeRandomBytes(length);
  if (poolPosition + length > pool.byteLength) {
    pool = nodeRandomBytes(poolLength);
    poolPosition = 0;
  }
  const bytes = Uint8Array.prototype.slice.call(pool, poolPosition, poolPosition + length);
  pool.fill(0, poolPosition, poolPosition + length);
  poolPosition += length;
  return bytes;
}

/** A fresh handle of 256 bits as base64url, unguessable and safe in a URL. */
export function randomHandle(): string {
  return base64url(randomBytes(32));
}

/** Compares without telling by its duration where two values differ; unequal lengths are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
