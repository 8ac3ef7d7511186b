import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from '../lib/bytes.ts';
import { movableClock } from '../lib/clock.ts';
import { mintNonce, readNonce } from './nonce.ts';

function mint(lifetimeSeconds = 300) {
  const clock = movableClock(new Date('2026-11-24T12:00:00.900Z'));
  return { secret: randomBytes(32), audience: 'https://issuer.example', clock, lifetimeSeconds };
}

test('quality T5: a nonce is valid until its end, then expired, and says when', () => {
  const own = mint();
  const nonce = mintNonce(own);
  const reading = readNonce(own, nonce);
  assert.equal(reading.state, 'valid');
  assert.equal(reading.state === 'valid' && reading.expiresAt.toISOString(), '2026-11-24T12:05:00.000Z');
  own.clock.advance(299);
  assert.equal(readNonce(own, nonce).state, 'valid');
  own.clock.advance(0.1);
  // Whoever claims its use until `expiresAt` never claims too short.
  assert.equal(readNonce(own, nonce).state, 'expired');
  own.clock.advance(86_400);
  assert.equal(readNonce(own, nonce).state, 'expired');
});

test('quality T5: a nonce of another issuer, another secret, or nobody is unknown, and so is every change of a good one', () => {
  const own = mint();
  const nonce = mintNonce(own);
  assert.equal(readNonce({ ...own, audience: 'https://issuer.example/' }, nonce).state, 'unknown');
  assert.equal(readNonce({ ...own, audience: '' }, nonce).state, 'unknown');
  assert.equal(readNonce({ ...own, secret: randomBytes(32) }, nonce).state, 'unknown');
  const bytes = Buffer.from(nonce, 'base64url');
  for (let bit = 0; bit < bytes.byteLength * 8; bit += 1) {
    const changed = Buffer.from(bytes);
    changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(readNonce(own, changed.toString('base64url')).state, 'unknown', `bit ${bit}`);
  }
  for (const other of [
    '',
    'x',
    nonce.slice(0, -1),
    nonce.slice(1),
    `${nonce}A`,
    `${nonce}=`,
    ` ${nonce}`,
    nonce.toUpperCase(),
    'A'.repeat(10_000),
  ])
    assert.equal(readNonce(own, other).state, 'unknown', other.slice(0, 60));
  // One bit of the last character carries nothing: another spelling of the same bytes is another string, and refused.
  const last = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  for (const character of last)
    if (character !== nonce.at(-1)) assert.notEqual(readNonce(own, nonce.slice(0, -1) + character).state, 'valid', character);
});

test('quality R54: ten thousand nonces of one second are all different, in their first bytes after the time too', () => {
  const own = mint();
  const nonces = Array.from({ length: 10_000 }, () => mintNonce(own));
  assert.equal(new Set(nonces).size, nonces.length);
  assert.equal(new Set(nonces.map((nonce) => nonce.slice(8, 24))).size, nonces.length);
});
