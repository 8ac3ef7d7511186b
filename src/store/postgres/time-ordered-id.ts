import { randomBytes } from '../../lib/bytes.ts';

/** A UUID of version 7 (RFC 9562 §5.7): its time keeps new rows together in an index, the rest is random. */
export function timeOrderedId(now: Date): string {
  const bytes = Buffer.from(randomBytes(16));
  bytes.writeUIntBE(now.getTime(), 0, 6);
  bytes[6] = 0x70 | ((bytes[6] ?? 0) & 0x0f);
  bytes[8] = 0x80 | ((bytes[8] ?? 0) & 0x3f);
  const hex = bytes.toString('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
