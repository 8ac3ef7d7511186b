import { randomBytes } from '../../lib/bytes.ts';

/** Fresh bytes, good until the next call; the tests hand in ones they know. */
export type RandomSource = (length: number) => Buffer;

const poolLength = 16 * 1024;
let pool = Buffer.alloc(0);
let position = 0;
let handedOut = pool;

/** One call to the system's generator serves some twenty credentials (performance L-08); what was used is wiped. */
export const pooledRandom: RandomSource = (length) => {
  handedOut.fill(0);
  if (position + length > pool.byteLength) {
    pool = Buffer.from(randomBytes(Math.max(poolLength, length)));
    position = 0;
  }
  handedOut = pool.subarray(position, position + length);
  position += length;
  return handedOut;
};

/** ISO/IEC 18013-5 §9.1.2.5 asks for 16 bytes at least. */
export const randomLength = 32;
const drawLength = 4;

/** What makes one namespace unpredictable: which element gets which digestID, and the random of each. */
export interface Draw {
  /** Index of the element at each digestID. */
  readonly order: readonly number[];
  /** `randomLength` bytes for each digestID, from the first on. */
  readonly random: Buffer;
}

/** One call to the generator for a whole namespace; Fisher and Yates' shuffle, so that no digestID says which element it is (standards MD-2). */
export function drawNamespace(count: number, source: RandomSource): Draw {
  const bytes = source(count * (randomLength + drawLength));
  const order: number[] = [];
  for (let index = 0; index < count; index += 1) order.push(index);
  for (let last = count - 1; last > 0; last -= 1) {
    // 32 bits scaled to the range: off from even by less than one part in a hundred million.
    const drawn = bytes.readUInt32BE(count * randomLength + last * drawLength);
    const chosen = Math.floor((drawn * (last + 1)) / 0x1_0000_0000);
    const moved = order[last] as number;
    order[last] = order[chosen] as number;
    order[chosen] = moved;
  }
  return { order, random: bytes };
}
