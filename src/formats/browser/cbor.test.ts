import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encodeCbor, type Cbor as Written, Tagged as WrittenTag } from '../../lib/cbor.ts';
import { encodeByteString, readCbor, Tagged } from './cbor.ts';
import { CredentialFault } from './credential-reader.ts';

const inputs = process.env.CHANCERY_LONG ? 1_000_000 : 20_000;
const bytesOf = (hex: string) => Uint8Array.from(Buffer.from(hex, 'hex'));

test('features E12: values of RFC 8949 appendix A are read', () => {
  const published: readonly (readonly [string, unknown])[] = [
    ['00', 0],
    ['1903e8', 1000],
    ['1b000000e8d4a51000', 1_000_000_000_000],
    ['3903e7', -1000],
    ['f90000', 0],
    ['f93c00', 1],
    ['f97bff', 65_504],
    ['f90001', 2 ** -24],
    ['f9c400', -4],
    ['f97c00', Number.POSITIVE_INFINITY],
    ['fa47c35000', 100_000],
    ['fbc010666666666666', -4.1],
    ['f4', false],
    ['f6', null],
    ['62c3bc', 'ü'],
    ['64f0908591', '\ud800\udd51'],
    ['8301820203820405', [1, [2, 3], [4, 5]]],
    [
      'a26161016162820203',
      new Map<string, unknown>([
        ['a', 1],
        ['b', [2, 3]],
      ]),
    ],
  ];
  for (const [hex, value] of published) assert.deepEqual(readCbor(bytesOf(hex)), value, hex);
  assert.ok(Object.is(readCbor(bytesOf('f98000')), -0));
  const tagged = readCbor(bytesOf('d818456449455446'));
  assert.ok(tagged instanceof Tagged && tagged.tag === 24);
  assert.deepEqual(Buffer.from(tagged.whole).toString('hex'), 'd818456449455446');
});

test('features E12: a second spelling, an indefinite length, a greater length than there are bytes and great depth are refused', () => {
  const hostile: Readonly<Record<string, RegExp>> = {
    '': /cut off/,
    '0000': /behind it/,
    '1800': /shortest/,
    '190018': /shortest/,
    '1a0000ffff': /shortest/,
    '1b00000000ffffffff': /shortest/,
    '1bffffffffffffffff': /too great/,
    '1c': /length we do not take/,
    '5f41004100ff': /length we do not take/,
    '7f6161ff': /length we do not take/,
    '9f01ff': /length we do not take/,
    bf616101ff: /length we do not take/,
    a2616101616102: /key twice/,
    a10102a10102: /behind it/,
    a1f501: /neither text nor/,
    a18001: /neither text nor/,
    a1fb3ff800000000000001: /neither text nor/,
    '4400': /cut off/,
    '5affffffff00': /cut off/,
    '5b001fffffffffffff': /cut off/,
    '9affffffff00': /cut off/,
    ba7fffffff00: /cut off/,
    '61ff': /UTF-8/,
    f7: /simple value/,
    f8ff: /simple value/,
    ff: /simple value/,
    f97c: /cut off/,
    c0: /cut off/,
    ['81'.repeat(40)]: /too deep/,
    ['c1'.repeat(40)]: /too deep/,
    ['a100'.repeat(40)]: /too deep/,
  };
  for (const [hex, why] of Object.entries(hostile))
    assert.throws(
      () => readCbor(bytesOf(hex)),
      (fault: unknown) => fault instanceof CredentialFault && why.test(fault.message),
      hex,
    );
});

const tree = fc.letrec<{ value: Written }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.string({ unit: 'binary' }).map((text) => text.toWellFormed()),
    fc.maxSafeInteger(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.uint8Array({ maxLength: 300 }),
    fc.array(tie('value'), { maxLength: 5 }),
    fc
      .uniqueArray(
        fc.tuple(
          fc.oneof(
            fc.string().map((text) => text.toWellFormed()),
            fc.integer(),
          ),
          tie('value'),
        ),
        { maxLength: 5, selector: ([key]) => key },
      )
      .map((entries) => new Map(entries)),
    fc.tuple(fc.nat(), tie('value')).map(([tag, value]) => new WrittenTag(tag, value)),
  ),
})).value;

/** The same tree without the difference of the two kinds of tag, and zero without a sign. */
function same(value: unknown): unknown {
  if (value instanceof Tagged || value instanceof WrittenTag) return { tag: value.tag, value: same(value.value) };
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  if (Array.isArray(value)) return value.map(same);
  if (value instanceof Map) return new Map([...value].map(([key, entry]) => [key, same(entry)]));
  return Object.is(value, -0) ? 0 : value;
}

test('features E12: what our issuer writes, this reader reads', () => {
  fc.assert(
    fc.property(tree, (value) => assert.deepEqual(same(readCbor(Uint8Array.from(encodeCbor(value)))), same(value))),
    { numRuns: 300, seed: 20_261_127 },
  );
  for (const length of [0, 23, 24, 255, 256, 65_535, 65_536]) {
    const bytes = new Uint8Array(length);
    assert.deepEqual(Buffer.from(encodeByteString(bytes)), Buffer.from(encodeCbor(bytes)));
  }
});

test('quality T1b: whatever bytes come, the answer is a value or one typed fault', () => {
  const heads = fc.constantFrom(0x81, 0x98, 0xa1, 0xb8, 0xd8, 0x18, 0x58, 0x78, 0x5a, 0x9b, 0xf9, 0xfb, 0x5f, 0xff, 0xc0);
  const bytes = fc.array(fc.oneof(heads, fc.nat({ max: 255 })), { maxLength: 40 }).map((list) => Uint8Array.from(list));
  fc.assert(
    fc.property(bytes, (input) => {
      try {
        readCbor(input);
      } catch (fault) {
        assert.ok(fault instanceof CredentialFault, String(fault));
      }
    }),
    { numRuns: inputs },
  );
});
