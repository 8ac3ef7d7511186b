const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:';

/** RFC 9285 §3: two bytes in three characters of the alphanumeric mode of QR codes, a last single one in two. */
export function base45(bytes: Uint8Array): string {
  let text = '';
  for (let index = 0; index < bytes.length; index += 2) {
    const pair = index + 1 < bytes.length;
    let value = pair ? (bytes[index] ?? 0) * 256 + (bytes[index + 1] ?? 0) : (bytes[index] ?? 0);
    for (let digits = pair ? 3 : 2; digits > 0; digits -= 1) {
      text += alphabet[value % 45];
      value = Math.floor(value / 45);
    }
  }
  return text;
}

/** How many characters that makes. */
export const base45Length = (bytes: number): number => Math.floor(bytes / 2) * 3 + (bytes % 2) * 2;
