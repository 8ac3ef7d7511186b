import { randomBytes } from './bytes.ts';

const hex = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
const hyphenAfter: ReadonlySet<number> = new Set([3, 5, 7, 9]);

/** A random UUID as a URN (RFC 9562 §5.4, RFC 4122 §3): a name that says nothing of what it names. */
export function randomUrnUuid(): string {
  const bytes = randomBytes(16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x40;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  let text = 'urn:uuid:';
  for (let index = 0; index < 16; index += 1) {
    text += hex[bytes[index] ?? 0];
    if (hyphenAfter.has(index)) text += '-';
  }
  return text;
}
