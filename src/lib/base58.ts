const alphabet = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz';
/** Digits are made five at a time: the largest power of 58 whose product with 2^16 is still exact. */
const digitsAtOnce = 5;
const base = 58 ** digitsAtOnce;

/** base58btc (the multibase `z` without its letter); only for short inputs, because its cost grows with the square of the length. */
export function base58(bytes: Uint8Array): string {
  const limbs: number[] = [];
  for (let index = 0; index < bytes.byteLength; ) {
    // An odd length begins with one byte, so that the rest comes in pairs.
    const pair = (bytes.byteLength - index) % 2 === 0;
    let carry = pair ? ((bytes[index] as number) << 8) | (bytes[index + 1] as number) : (bytes[index] as number);
    const shift = pair ? 65_536 : 256;
    for (let limb = 0; limb < limbs.length; limb += 1) {
      const value = (limbs[limb] as number) * shift + carry;
      carry = Math.floor(value / base);
      limbs[limb] = value - carry * base;
    }
    if (carry > 0) limbs.push(carry);
    index += pair ? 2 : 1;
  }
  let text = '';
  for (let limb = limbs.length - 1; limb >= 0; limb -= 1) {
    let part = '';
    for (let value = limbs[limb] as number, digit = 0; digit < digitsAtOnce; digit += 1, value = Math.floor(value / 58))
      part = alphabet.charAt(value % 58) + part;
    text += part;
  }
  let zeros = 0;
  while (bytes[zeros] === 0) zeros += 1;
  return alphabet.charAt(0).repeat(zeros) + text.replace(/^1+/, '');
}

/** `undefined` for a foreign letter, and for what is too long to be a key or a signature. */
export function readBase58(text: string): Uint8Array | undefined {
  if (text.length === 0 || text.length > 256) return undefined;
  let value = 0n;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return undefined;
    value = value * 58n + BigInt(digit);
  }
  const hex = value === 0n ? '' : value.toString(16);
  const zeros = /^1*/.exec(text)?.[0].length ?? 0;
  return Buffer.concat([Buffer.alloc(zeros), Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')]);
}
