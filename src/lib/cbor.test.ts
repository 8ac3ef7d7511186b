import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Cbor, encodeCbor, Tagged } from './cbor.ts';
import { CborWriter } from './cbor-writer.ts';

const hex = (value: Cbor) => Buffer.from(encodeCbor(value)).toString('hex');

// RFC 8949 appendix A, as far as the values are ones we write.
const published: readonly (readonly [Cbor, string])[] = [
  [0, '00'],
  [23, '17'],
  [24, '1818'],
  [255, '18ff'],
  [256, '190100'],
  [1000, '1903e8'],
  [65_535, '19ffff'],
  [1_000_000, '1a000f4240'],
  [1_000_000_000_000, '1b000000e8d4a51000'],
  [-1, '20'],
  [-100, '3863'],
  [-1000, '3903e7'],
  [1.5, 'f93e00'],
  [2 ** -24, 'f90001'],
  [-4.1, 'fbc010666666666666'],
  [1.1, 'fb3ff199999999999a'],
  [3.402_823_466_385_288_6e38, 'fa7f7fffff'],
  [false, 'f4'],
  [true, 'f5'],
  [null, 'f6'],
  [new Tagged(0, '2013-03-21T20:04:00Z'), 'c074323031332d30332d32315432303a30343a30305a'],
  [new Tagged(24, Buffer.from('6449455446', 'hex')), 'd818456449455446'],
  [Buffer.from('01020304', 'hex'), '4401020304'],
  ['', '60'],
  ['IETF', '6449455446'],
  ['\u00fc', '62c3bc'],
  ['\ud800\udd51', '64f0908591'],
  [[1, [2, 3], [4, 5]], '8301820203820405'],
  [Array.from({ length: 25 }, (_, index) => index + 1), '98190102030405060708090a0b0c0d0e0f101112131415161718181819'],
  [
    new Map<string | number, Cbor>([
      ['b', [2, 3]],
      ['a', 1],
    ]),
    'a26161016162820203',
  ],
];

test('standards MD-8: CBOR is written in the shortest, definite form of RFC 8949 appendix A', () => {
  for (const [value, expected] of published) assert.equal(hex(value), expected);
});

test('standards MD-8: keys stand in bytewise order of their encodings, whatever their order before', () => {
  const keys: readonly (string | number)[] = [-1, 100, 10, 'aa', 'z', -2, 24, ''];
  const map = new Map(keys.map((key) => [key, true]));
  assert.equal(hex(map), 'a80af51818f51864f520f521f560f5617af5626161f5');
});

test('standards MD-8: what CBOR cannot carry is refused', () => {
  for (const value of ['\ud800', Number.NaN, Number.POSITIVE_INFINITY]) assert.throws(() => encodeCbor(value), TypeError);
});

test('standards MD-8: the direct writer gives the bytes of the plain one, across every growth of its buffer', () => {
  const value = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 70 }).filter((text) => text.isWellFormed()),
    fc.integer(),
    fc.maxSafeInteger(),
  );
  fc.assert(
    fc.property(fc.array(value, { maxLength: 40 }), (values) => {
      const writer = new CborWriter(8);
      const opened = writer.open(2);
      for (const entry of values)
        if (typeof entry === 'string') writer.text(entry);
        else writer.integer(entry);
      writer.close(opened, 2);
      assert.deepEqual(Buffer.from(writer.bytes()), Buffer.from(encodeCbor(Buffer.concat(values.map(encodeCbor)))));
    }),
    { numRuns: 100, seed: 20_261_127 },
  );
});
