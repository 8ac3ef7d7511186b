import { createCipheriv } from 'node:crypto';

const rounds = 6;

/** The key stream of AES-256 in counter mode as numbers below `range`, a power of two. */
function keyedNumbers(key: Uint8Array, count: number, range: number): Uint16Array {
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16)).update(Buffer.alloc(count * 2));
  return Uint16Array.from({ length: count }, (_, index) => stream.readUInt16LE(index * 2) & (range - 1));
}

/**
 * A keyed permutation of 0 … size - 1 (design D8, performance L-18): neighbouring positions come out far apart, and without the key
 * nobody tells which index follows which. A balanced Feistel network whose round functions are tables of keyed random numbers; what
 * falls outside the size walks on until it falls inside. `key` is 32 bytes, `size` at most 2^24.
 */
export function createPermutation(key: Uint8Array, size: number): (position: number) => number {
  const halfBits = Math.ceil(Math.log2(size) / 2);
  const half = 2 ** halfBits;
  const tables = keyedNumbers(key, rounds * half, half);
  const once = (value: number) => {
    let left = Math.floor(value / half);
    let right = value % half;
    for (let round = 0; round < rounds; round += 1) [left, right] = [right, left ^ (tables[round * half + right] as number)];
    return left * half + right;
  };
  return (position) => {
    let index = once(position);
    while (index >= size) index = once(index);
    return index;
  };
}
