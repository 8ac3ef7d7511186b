import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base58, readBase58 } from './base58.ts';

test('standards DI-3: base58btc as the vectors of its draft have it', () => {
  for (const [hex, text] of [
    ['48656c6c6f20576f726c6421', '2NEpo7TZRRrLZSi2U'],
    [
      '54686520717569636b2062726f776e20666f78206a756d7073206f76657220746865206c617a7920646f672e',
      'USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z',
    ],
    ['0000287fb4cd', '11233QC4'],
    ['', ''],
    ['00', '1'],
    ['0000', '11'],
    ['ff', '5Q'],
  ] as const) {
    assert.equal(base58(Buffer.from(hex, 'hex')), text);
    if (text !== '') assert.equal(Buffer.from(readBase58(text) ?? []).toString('hex'), hex);
  }
});

test('standards DI-3: whatever bytes there are come back, leading zeros included', () => {
  fc.assert(
    fc.property(fc.nat(3), fc.uint8Array({ minLength: 0, maxLength: 70 }), (zeros, rest) => {
      const bytes = Buffer.concat([Buffer.alloc(zeros), rest]);
      const text = base58(bytes);
      if (text.length > 0) assert.deepEqual(Buffer.from(readBase58(text) ?? []), bytes);
    }),
    { numRuns: 500, seed: 58 },
  );
  assert.equal(readBase58('0OIl'), undefined);
  assert.equal(readBase58(''), undefined);
});
