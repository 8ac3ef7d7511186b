import assert from 'node:assert/strict';
import { createPublicKey, verify, type webcrypto, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { CompactEncrypt, compactDecrypt, importJWK, type JWK } from 'jose';
import type { KeyStore, PublicJwk } from '../../src/keys/keys.ts';
import type { movableClock } from '../../src/lib/clock.ts';
import { decryptWith, encryptTo } from '../../src/oauth/jwe.ts';

export interface OpenedKeys {
  readonly store: KeyStore;
  readonly clock: ReturnType<typeof movableClock>;
  /** Another node on the same keys. */
  again(): Promise<KeyStore>;
}

const asKey = (jwk: PublicJwk) => createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
const data = Buffer.from('what is signed');

/** What every key store promises (design §4): run it on each. The issuer is called `registry`. */
export function keysContract(name: string, open: () => Promise<OpenedKeys>): void {
  test(`${name}: what a purpose signs, node:crypto verifies by its published key, and by no other purpose's`, async () => {
    const { store } = await open();
    for (const [purpose, algorithm] of [
      ['access-token', 'ES256'],
      ['id-token', 'ES256'],
      ['wallet-client', 'EdDSA'],
      ['credential:registry', 'ES256'],
    ] as const) {
      const signer = await store.signer(purpose, algorithm);
      const signature = await signer.sign(data);
      assert.equal(signature.byteLength, 64);
      const digest = algorithm === 'EdDSA' ? null : 'sha256';
      assert.ok(verify(digest, data, { key: asKey(signer.publicJwk), dsaEncoding: 'ieee-p1363' }, signature));
      const published = await store.published(purpose);
      assert.ok(published.some(({ kid }) => kid === signer.keyId));
      assert.ok(published.every((jwk) => !('d' in jwk)));
    }
    const [one, other] = [await store.signer('access-token'), await store.signer('id-token')];
    assert.notEqual(one.keyId, other.keyId);
    assert.ok(!verify('sha256', data, { key: asKey(other.publicJwk), dsaEncoding: 'ieee-p1363' }, await one.sign(data)));
  });

  test(`${name}: secrets differ by purpose and are the same on every node`, async () => {
    const { store, again } = await open();
    const secrets = await Promise.all(
      (['account', 'cookie', 'nonce', 'dpop-nonce', 'pairwise', 'reply', 'session'] as const).map((purpose) => store.secret(purpose)),
    );
    assert.equal(new Set(secrets.map((secret) => Buffer.from(secret).toString('hex'))).size, secrets.length);
    assert.deepEqual(await (await again()).secret('cookie'), secrets[1]);
  });

  test(`${name}: a message sealed to a published key opens, by jose's sealing too`, async () => {
    const { store } = await open();
    const decrypters = await store.decrypters('registry-reference:registry');
    const [jwk] = await store.published('registry-reference:registry');
    assert.ok(jwk);
    assert.deepEqual(await decryptWith(decrypters, await encryptTo(jwk, { id: '1' }, 'x'), 'x'), { id: '1' });
    const key = await importJWK(jwk as JWK, 'ECDH-ES');
    const foreign = await new CompactEncrypt(Buffer.from('{"id":"2"}'))
      .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', typ: 'x', kid: jwk.kid ?? '' })
      .encrypt(key);
    assert.deepEqual(await decryptWith(decrypters, foreign, 'x'), { id: '2' });
    await assert.rejects(compactDecrypt(foreign, await importJWK((await store.signer('access-token')).publicJwk as JWK, 'ECDH-ES')));
  });

  test(`${name}, features B70: a rotated key is published before it signs, and the old one until its overlap has passed`, async () => {
    const { store, clock, again } = await open();
    const before = await store.signer('access-token');
    await store.rotate('access-token');
    assert.equal((await store.signer('access-token')).keyId, before.keyId, 'the new key does not sign yet');
    assert.equal((await store.published('access-token')).length, 2);
    clock.advance(61);
    const after = await store.signer('access-token');
    assert.notEqual(after.keyId, before.keyId);
    assert.equal((await (await again()).signer('access-token')).keyId, after.keyId, 'another node follows');
    assert.ok((await store.published('access-token')).some(({ kid }) => kid === before.keyId));
    clock.advance(16 * 60);
    assert.ok(!(await store.published('access-token')).some(({ kid }) => kid === before.keyId));
  });

  test(`${name}, standards MD-9, H-22: the document signer chains to the root, which is not part of the chain`, async () => {
    const { store } = await open();
    const root = new X509Certificate(Buffer.from(await store.trustAnchor('registry')));
    const { certificates } = await store.signer('credential:registry');
    const [leaf] = certificates.map((der) => new X509Certificate(Buffer.from(der)));
    assert.equal(certificates.length, 1);
    assert.ok(leaf);
    assert.ok(leaf.verify(root.publicKey) && leaf.checkIssued(root));
    assert.ok(root.ca && !leaf.ca && root.verify(root.publicKey));
    assert.match(leaf.subjectAltName ?? '', /URI:https:\/\/issuer\.example/);
    assert.deepEqual(leaf.keyUsage, ['1.0.18013.5.1.2']);
    assert.ok(new Date(leaf.validTo) <= new Date(root.validTo));
  });
}
