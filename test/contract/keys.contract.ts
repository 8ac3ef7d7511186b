import assert from 'node:assert/strict';
import { constants, createPublicKey, verify, type webcrypto, X509Certificate } from 'node:crypto';
import { test } from 'node:test';
import { CompactEncrypt, calculateJwkThumbprint, compactDecrypt, importJWK, type JWK } from 'jose';
import { type AnySigner, type KeyStore, type SigningAlgorithm, signingAlgorithms, type VerificationJwk } from '../../src/keys/keys.ts';
import type { movableClock } from '../../src/lib/clock.ts';
import { decryptWith, encryptTo } from '../../src/oauth/jwe.ts';

export interface OpenedKeys {
  readonly store: KeyStore;
  readonly clock: ReturnType<typeof movableClock>;
  /** Another node on the same keys. */
  again(): Promise<KeyStore>;
}

const signatureLengths: Readonly<Record<SigningAlgorithm, number>> = {
  ES256: 64,
  EdDSA: 64,
  ES384: 96,
  ES256K: 64,
  PS256: 384,
  RS256: 384,
};

/** RFC 7518 §3.1, RFC 8812 §3.2, RFC 8037 §3.1, by node:crypto. */
function verifies({ algorithm, publicJwk }: AnySigner, bytes: Uint8Array, signature: Uint8Array): boolean {
  const digest = algorithm === 'EdDSA' ? null : algorithm === 'ES384' ? 'sha384' : 'sha256';
  const padding = algorithm === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  return verify(digest, bytes, { key: asKey(publicJwk), dsaEncoding: 'ieee-p1363', ...padding }, signature);
}

const asKey = (jwk: VerificationJwk) => createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' });
const data = Buffer.from('what is signed');

/** What every key store promises (design §4): run it on each. The issuer is called `registry`. */
export function keysContract(name: string, open: () => Promise<OpenedKeys>): void {
  test(`${name}, features B48: what a purpose signs, node:crypto verifies by its published key, and by no other purpose's`, async () => {
    const { store } = await open();
    for (const [purpose, algorithm] of [
      ['access-token', 'ES256'],
      ['id-token', 'ES256'],
      ['wallet-client', 'EdDSA'],
      ...signingAlgorithms.map((algorithm) => ['credential:registry', algorithm] as const),
    ] as const) {
      const signer = await store.signer(purpose, algorithm);
      const signature = await signer.sign(data);
      assert.equal(signature.byteLength, signatureLengths[algorithm]);
      assert.equal(signer.publicJwk.alg, algorithm);
      assert.ok(verifies(signer, data, signature), algorithm);
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

  test(`${name}, features B70: a node that is running follows a rotation of another one, and signs with what is published`, async () => {
    const { store, clock, again } = await open();
    const other = await again();
    const before = await other.signer('access-token');
    await store.rotate('access-token');
    clock.advance(2);
    assert.equal((await other.published('access-token')).length, 2, 'published there too before it signs');
    clock.advance(60);
    const after = await other.signer('access-token');
    assert.notEqual(after.keyId, before.keyId);
    assert.equal(after.keyId, (await store.signer('access-token')).keyId);
    assert.ok((await other.published('access-token')).some(({ kid }) => kid === after.keyId));
  });

  test(`${name}: rotations on several nodes at once lose no key`, async () => {
    const { store, clock, again } = await open();
    const nodes = [store, await again(), await again(), await again()];
    const first = (await store.signer('access-token')).keyId;
    await Promise.all(nodes.map((node) => node.rotate('access-token')));
    clock.advance(2);
    const published = await Promise.all(nodes.map(async (node) => (await node.published('access-token')).map(({ kid }) => kid)));
    assert.equal(new Set(published[0]).size, 5);
    for (const one of published) assert.deepEqual(one, published[0]);
    assert.ok(published[0]?.includes(first));
    clock.advance(61);
    assert.equal(new Set(await Promise.all(nodes.map(async (node) => (await node.signer('access-token')).keyId))).size, 1);
  });

  test(`${name}: what was sealed to a key before its rotation still opens, until its overlap has passed`, async () => {
    const { store, clock } = await open();
    const purpose = 'registry-reference:registry';
    const [jwk] = await store.published(purpose);
    assert.ok(jwk);
    const sealed = await encryptTo(jwk, { id: '1' }, 'x');
    await store.rotate(purpose);
    clock.advance(61);
    const decrypters = await store.decrypters(purpose);
    assert.notEqual(decrypters[0]?.keyId, jwk.kid, 'the newest is the first');
    assert.deepEqual(await decryptWith(decrypters, sealed, 'x'), { id: '1' });
    clock.advance(16 * 60);
    await assert.rejects(decryptWith(await store.decrypters(purpose), sealed, 'x'));
  });

  test(`${name}: twenty signatures at once are twenty right ones`, async () => {
    const { store } = await open();
    for (const algorithm of signingAlgorithms) {
      const signer = await store.signer('credential:registry', algorithm);
      const texts = Array.from({ length: 20 }, (_, index) => Buffer.from(`text ${index}`));
      const signatures = await Promise.all(texts.map((text) => signer.sign(text)));
      for (const [index, text] of texts.entries())
        assert.ok(verifies(signer, text, signatures[index] as Uint8Array), `${algorithm} ${index}`);
    }
  });

  test(`${name}: a key is named by its thumbprint, as jose computes it`, async () => {
    const { store } = await open();
    for (const algorithm of signingAlgorithms) await store.signer('status:registry', algorithm);
    const published = await store.published('status:registry');
    assert.deepEqual(published.map(({ alg }) => alg).sort(), [...signingAlgorithms].sort(), 'every algorithm somebody asked for');
    await store.rotate('status:registry');
    assert.equal((await store.published('status:registry')).length, 2 * signingAlgorithms.length, 'a rotation is one of all of them');
    for (const jwk of [...published, ...(await store.published('registry-reference:registry'))])
      assert.equal(jwk.kid, await calculateJwkThumbprint(jwk as JWK));
  });

  for (const algorithm of signingAlgorithms)
    test(`${name}, features B48, standards MD-9, H-22: the document signer with ${algorithm} chains to the root, which is not in the chain`, async () => {
      const { store } = await open();
      const root = new X509Certificate(Buffer.from(await store.trustAnchor('registry')));
      const { certificates, publicJwk } = await store.signer('credential:registry', algorithm);
      const [leaf] = certificates.map((der) => new X509Certificate(Buffer.from(der)));
      assert.equal(certificates.length, 1);
      assert.ok(leaf);
      assert.ok(leaf.verify(root.publicKey) && leaf.checkIssued(root));
      assert.ok(root.ca && !leaf.ca && root.verify(root.publicKey));
      assert.match(leaf.subjectAltName ?? '', /URI:https:\/\/issuer\.example/);
      assert.deepEqual(leaf.keyUsage, ['1.0.18013.5.1.2']);
      assert.ok(new Date(leaf.validTo) <= new Date(root.validTo));
      assert.ok(leaf.publicKey.equals(asKey(publicJwk)), 'the certificate is of the key that signs');
      const [years, months] = [root, leaf].map(({ validFrom, validTo }) => (Date.parse(validTo) - Date.parse(validFrom)) / 86_400_000);
      assert.ok((years ?? 0) >= 3650 && (years ?? 0) < 3660 && (months ?? 999) <= 457, `${years} and ${months} days`);
      assert.match(leaf.subject, /C=XO/);
      assert.match(root.subject, /C=XO/);
    });
}
