import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sha256 } from '../../lib/bytes.ts';
import { createPermutation } from './permutation.ts';

const size = 131_072;
const indicesOf = (key: string, count = size) => {
  const permute = createPermutation(sha256(key), size);
  return Array.from({ length: count }, (_, position) => permute(position));
};

/** Pearson's correlation of two columns. */
function correlation(xs: readonly number[], ys: readonly number[]): number {
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [mx, my] = [mean(xs), mean(ys)];
  const sums = xs.reduce(
    ([xy, xx, yy], x, index) => {
      const [dx, dy] = [x - mx, (ys[index] as number) - my];
      return [xy + dx * dy, xx + dx * dx, yy + dy * dy] as const;
    },
    [0, 0, 0] as readonly [number, number, number],
  );
  return sums[0] / Math.sqrt(sums[1] * sums[2]);
}

test('performance L-18: every index of a list comes out once', () => {
  for (const odd of [size, 100_000, 1000, 2, 1]) {
    const permute = createPermutation(sha256('a key'), odd);
    const seen = new Set(Array.from({ length: odd }, (_, position) => permute(position)));
    assert.equal(seen.size, odd);
    assert.ok([...seen].every((index) => index >= 0 && index < odd));
  }
});

test('quality T19: the first ten thousand indices are spread evenly and tell nothing of their order', () => {
  for (const key of ['a', 'b', 'c']) {
    const indices = indicesOf(key, 10_000);
    const buckets = new Array<number>(64).fill(0);
    for (const index of indices) buckets[Math.floor((index * 64) / size)] = (buckets[Math.floor((index * 64) / size)] ?? 0) + 1;
    const expected = 10_000 / 64;
    const chiSquare = buckets.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
    // 63 degrees of freedom: p = 0.01 at 92.0; the keys are fixed, so the figure is too.
    assert.ok(chiSquare < 92, `chi² ${chiSquare}`);
    const order = indices.map((_, position) => position);
    assert.ok(Math.abs(correlation(order, indices)) < 0.03);
    const steps = new Map<number, number>();
    for (const [position, index] of indices.entries()) {
      const step = index - (indices[position + 1] ?? 0);
      steps.set(step, (steps.get(step) ?? 0) + 1);
    }
    assert.ok(Math.max(...steps.values()) < 8, 'no step from one index to the next stands out');
  }
});

test('quality Q9: another key is another order', () => {
  const [one, other] = [indicesOf('one', 1000), indicesOf('other', 1000)];
  assert.ok(one.filter((index, position) => index === other[position]).length < 5);
});
