import { base64url, randomBytes } from '../../lib/bytes.ts';

const saltLength = 16;
const poolLength = 1024 * saltLength;
let pool: Uint8Array = new Uint8Array();
let position = 0;

/** A fresh salt of 128 bits as base64url (RFC 9901 §9.3); one call to the system's generator serves a thousand of them (performance L-08). */
export function nextSalt(): string {
  if (position >= pool.byteLength) {
    pool = randomBytes(poolLength);
    position = 0;
  }
  const salt = base64url(pool.subarray(position, position + saltLength));
  pool.fill(0, position, position + saltLength);
  position += saltLength;
  return salt;
}
