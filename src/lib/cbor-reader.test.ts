import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encode } from 'cborg';
import fc from 'fast-check';
import { type Cbor, encodeCbor } from './cbor.ts';
import { CborFault, readCbor } from './cbor-reader.ts';

const { item } = fc.letrec<{ item: Cbor }>((tie) => ({
  item: fc.oneof(
    { maxDepth: 4 },
    fc.integer({ min: -(2 ** 32), max: 2 ** 32 - 1 }),
    fc.string({ unit: 'grapheme' }),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('item'), { maxLength: 30 }),
    fc.dictionary(fc.string(), tie('item'), { maxKeys: 5 }).map((entries) => new Map(Object.entries(entries))),
    fc
      .dictionary(fc.nat().map(String), tie('item'), { maxKeys: 5 })
      .map((entries) => new Map(Object.entries(entries).map(([key, value]) => [Number(key), value]))),
  ) as fc.Arbitrary<Cbor>,
}));

test('standards DI-5: what we and cborg write is read as it was, and no byte too few or too many', () => {
  fc.assert(
    fc.property(item, (value) => {
      assert.deepEqual(readCbor(encodeCbor(value)), value);
      assert.deepEqual(readCbor(encode(value)), value);
      const bytes = encodeCbor(value);
      assert.throws(() => readCbor(bytes.subarray(0, -1)), CborFault);
      assert.throws(() => readCbor(Buffer.concat([bytes, Buffer.of(0)])), CborFault);
    }),
    { numRuns: 300, seed: 20_261_127 },
  );
});

test('standards DI-5: bytes of a stranger end in a value or a CborFault, and lengths are held against what is there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      try {
        readCbor(bytes);
      } catch (fault) {
        assert.ok(fault instanceof CborFault, String(fault));
      }
    }),
    { numRuns: 3000, seed: 8949 },
  );
  for (const hex of [
    '',
    '5affffffff',
    '9affffffff',
    'baffffffff',
    '9f',
    'c000',
    'f5',
    'f90000',
    '1b0000000000000001',
    'a2000000',
    'a14000',
    '61ff',
    '81'.repeat(40),
  ])
    assert.throws(() => readCbor(Buffer.from(hex, 'hex')), CborFault, hex);
});
