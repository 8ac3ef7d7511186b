import { hash, randomBytes as nodeRandomBytes, timingSafeEqual } from 'node:crypto';

const base64urlAlphabet = /^[A-Za-z0-9_-]*$/;

export function utf8(text: string): Uint8Array {
  return Buffer.from(text, 'utf8');
}

export function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64url');
}

/**
 * Reads unpadded base64url (RFC 7515 §2) and refuses every second spelling of the same bytes:
 * padding, foreign letters, spare bits that are not zero (quality Q22). `undefined` when it is not canonical.
 */
export function readBase64url(text: string): Uint8Array | undefined {
  if (!base64urlAlphabet.test(text)) return undefined;
  const bytes = Buffer.from(text, 'base64url');
  return bytes.toString('base64url') === text ? bytes : undefined;
}

export function sha256(data: Uint8Array | string): Uint8Array {
  return hash('sha256', data, 'buffer');
}

/** Bytes from the system's generator; nothing else in the product makes randomness (quality Q34). */
export function randomBytes(length: number): Uint8Array {
  return nodeRandomBytes(length);
}

/** A fresh handle of 256 bits as base64url, unguessable and safe in a URL. */
export function randomHandle(): string {
  return base64url(randomBytes(32));
}

/** Compares without telling by its duration where two values differ; unequal lengths are unequal. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && timingSafeEqual(a, b);
}
