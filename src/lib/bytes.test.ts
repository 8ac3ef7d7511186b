import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { base64url, readBase64url, sha256, sha256Base64url } from './bytes.ts';

test('quality Q22: base64url has one spelling per value; every other one is refused', () => {
  const letters = [...'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'];
  const almost = fc.array(fc.constantFrom(...letters, ...letters, '=', '+', '/', ' ', '\n', 'é'), { maxLength: 7 });
  fc.assert(
    fc.property(fc.oneof(almost, fc.array(fc.constantFrom(...letters), { maxLength: 12 })), (parts) => {
      const text = parts.join('');
      // What node:crypto's own reader makes of it, written again: the same text only when the spelling is the one.
      const canonical = Buffer.from(text, 'base64url').toString('base64url') === text;
      assert.equal(readBase64url(text) !== undefined, canonical, JSON.stringify(text));
    }),
    { numRuns: 20_000 },
  );
});

test('bytes come back as they were, and a text stands for its UTF-8', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 50 }), (bytes) => assert.deepEqual(readBase64url(base64url(bytes)), Buffer.from(bytes))),
  );
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(base64url(text), base64url(Buffer.from(text, 'utf8')))));
  fc.assert(fc.property(fc.string({ unit: 'grapheme' }), (text) => assert.equal(sha256Base64url(text), base64url(sha256(text)))));
});
