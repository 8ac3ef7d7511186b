/** Fresh bytes; the tests hand in ones they know. */
export type RandomSource = (length: number) => Uint8Array;

/** ISO/IEC 18013-5 §9.1.2.5 asks for 16 bytes at least. */
export const randomLength = 32;
const drawLength = 4;

/** What makes one namespace unpredictable: which element gets which digestID, and the random of each. */
export interface Draw {
  /** Index of the element at each digestID. */
  readonly order: readonly number[];
  /** `randomLength` bytes for each digestID. */
  readonly random: Uint8Array;
}

/** One call to the generator for a whole namespace; Fisher and Yates' shuffle, so that no digestID says which element it is (standards MD-2). */
export function drawNamespace(count: number, source: RandomSource): Draw {
  const bytes = source(count * (randomLength + drawLength));
  const draws = new DataView(bytes.buffer, bytes.byteOffset + count * randomLength);
  const order = Array.from({ length: count }, (_, index) => index);
  for (let last = count - 1; last > 0; last -= 1) {
    // 32 bits scaled to the range: off from even by less than one part in a hundred million.
    const chosen = Math.floor((draws.getUint32(last * drawLength) * (last + 1)) / 0x1_0000_0000);
    const moved = order[last] as number;
    order[last] = order[chosen] as number;
    order[chosen] = moved;
  }
  return { order, random: bytes.subarray(0, count * randomLength) };
}
