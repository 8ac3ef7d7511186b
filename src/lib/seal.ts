import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { base64url, randomBytes, readBase64url, utf8 } from './bytes.ts';
import type { Json } from './json.ts';

const algorithm = 'aes-256-gcm';
const ivLength = 12;
const tagLength = 16;

function encrypt(key: Uint8Array, iv: Uint8Array, context: string, text: Uint8Array): string {
  const cipher = createCipheriv(algorithm, key, iv).setAAD(utf8(context));
  const body = Buffer.concat([cipher.update(text), cipher.final()]);
  return base64url(Buffer.concat([iv, cipher.getAuthTag(), body]));
}

/** Encrypts a value under a 32-byte key for one context (a table and a row, say): it opens nowhere else. */
export function seal(key: Uint8Array, context: string, value: Json): string {
  return encrypt(key, randomBytes(ivLength), context, utf8(JSON.stringify(value)));
}

/**
 * Like `seal`, but the same value gives the same text, for values that serve as an identifier. The initialisation
 * vector is a keyed hash of the value, so it never repeats for two different values.
 */
export function sealAlike(key: Uint8Array, context: string, value: Json): string {
  const text = utf8(JSON.stringify(value));
  const iv = createHmac('sha256', key)
    .update(utf8(`${context}\n`))
    .update(text)
    .digest()
    .subarray(0, ivLength);
  return encrypt(key, iv, context, text);
}

/** Opens what `seal` or `sealAlike` made; `undefined` when it was made for something else or altered. */
export function unseal(key: Uint8Array, context: string, sealed: string): Json | undefined {
  const bytes = readBase64url(sealed);
  if (!bytes || bytes.byteLength < ivLength + tagLength) return undefined;
  try {
    const decipher = createDecipheriv(algorithm, key, bytes.subarray(0, ivLength)).setAAD(utf8(context));
    decipher.setAuthTag(bytes.subarray(ivLength, ivLength + tagLength));
    return JSON.parse(Buffer.concat([decipher.update(bytes.subarray(ivLength + tagLength)), decipher.final()]).toString('utf8')) as Json;
  } catch {
    return undefined;
  }
}
