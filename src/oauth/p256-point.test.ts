import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { isOnP256 } from './p256-point.ts';

const opinions = (x: Buffer, y: Buffer) => {
  const jwk = { kty: 'EC', crv: 'P-256', x: x.toString('base64url'), y: y.toString('base64url') };
  let openssl = true;
  try {
    createPublicKey({ key: jwk, format: 'jwk' });
  } catch {
    openssl = false;
  }
  return [isOnP256(x, y), openssl];
};

test('standards V-77: a point is on P-256 when OpenSSL says so, and one bit away it is not', () => {
  for (let round = 0; round < 40; round += 1) {
    const { x = '', y = '' } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' });
    const [u, v] = [Buffer.from(String(x), 'base64url'), Buffer.from(String(y), 'base64url')];
    assert.deepEqual(opinions(u, v), [true, true]);
    for (const coordinate of [u, v]) {
      coordinate[round % 32] = (coordinate[round % 32] ?? 0) ^ (1 << (round % 8));
      const [ours, theirs] = opinions(u, v);
      assert.equal(ours, theirs);
    }
  }
  const prime = Buffer.from('ffffffff00000001000000000000000000000000ffffffffffffffffffffffff', 'hex');
  const rootOfB = Buffer.from('66485c780e2f83d72433bd5d84a06bb6541c2af31dae871728bf856a174f93f4', 'hex');
  assert.deepEqual(opinions(Buffer.alloc(32), rootOfB), [true, true]);
  for (const [u, v] of [
    [prime, rootOfB],
    [Buffer.alloc(32), Buffer.alloc(32)],
    [Buffer.alloc(32, 0xff), Buffer.alloc(32, 0xff)],
  ] as const)
    assert.deepEqual(opinions(u, v), [false, false]);
});
