import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { test } from 'node:test';
import { type CryptoKey, compactVerify, exportJWK, generateKeyPair, SignJWT } from 'jose';
import type { Signer, SigningAlgorithm } from '../keys/keys.ts';
import { JwsFault, type ParsedJws, parseJws, signJws, verifySignature } from './jws.ts';
import { importForeignKey, importPublicKey, type VerifyingAlgorithm } from './public-key.ts';

/** RFC 7515 appendix A.3. */
const published = {
  token:
    'eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q',
  jwk: {
    kty: 'EC',
    crv: 'P-256',
    x: 'f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU',
    y: 'x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0',
  },
} as const;

test('quality Q22: the token of RFC 7515 appendix A.3 is read and verified', async () => {
  const jws = parseJws(published.token);
  assert.deepEqual(jws.payload, { iss: 'joe', exp: 1300819380, 'http://example.com/is_root': true });
  await verifySignature(jws, importPublicKey(published.jwk));
});

test('quality Q22: the Ed25519 signature of RFC 8037 appendix A.4 is verified', async () => {
  const jws: ParsedJws = {
    header: { alg: 'EdDSA' },
    payload: {},
    signingInput: 'eyJhbGciOiJFZERTQSJ9.RXhhbXBsZSBvZiBFZDI1NTE5IHNpZ25pbmc',
    signature: Buffer.from('hgyY0il_MGCjP0JzlnLWG1PPOt7-09PGcvMg3AIbQR6dWbhijcNR4ki4iylGjg5BhVsPt9g7sVvpAr_MuM0KAg', 'base64url'),
  };
  const key = importPublicKey({ kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' });
  await verifySignature(jws, key);
  await assert.rejects(verifySignature({ ...jws, signingInput: `${jws.signingInput}A` }, key), JwsFault);
});

async function foreign(algorithm: VerifyingAlgorithm): Promise<{ readonly key: KeyObject; readonly privateKey: CryptoKey }> {
  const { publicKey, privateKey } = await generateKeyPair(algorithm, { extractable: true });
  const key = importForeignKey({ ...(await exportJWK(publicKey)) });
  assert.ok(key, algorithm);
  return { key, privateKey };
}

test('quality Q22: what jose signs is verified in every algorithm, and by a key of that algorithm only', async () => {
  const algorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const;
  const parties = new Map(await Promise.all(algorithms.map(async (algorithm) => [algorithm, await foreign(algorithm)] as const)));
  for (const [algorithm, { privateKey }] of parties) {
    const jws = parseJws(await new SignJWT({ sub: 'x' }).setProtectedHeader({ alg: algorithm, typ: 'at+jwt' }).sign(privateKey));
    for (const [other, { key }] of parties) {
      if (other === algorithm) await verifySignature(jws, key);
      else await assert.rejects(verifySignature(jws, key), JwsFault, `${algorithm} under ${other}`);
    }
  }
});

function ownSigner(algorithm: SigningAlgorithm): { readonly signer: Signer; readonly publicKey: KeyObject } {
  const { privateKey } = algorithm === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicKey = createPublicKey(privateKey);
  const options = { key: privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signer: Signer = {
    algorithm,
    keyId: 'k',
    publicJwk: publicKey.export({ format: 'jwk' }) as Signer['publicJwk'],
    certificates: [],
    sign: async (data) => sign(algorithm === 'EdDSA' ? null : 'sha256', data, options),
  };
  return { signer, publicKey };
}

test('quality Q22: what we sign is verified by jose, and the header is what was asked for', async () => {
  for (const algorithm of ['ES256', 'EdDSA'] as const) {
    const { signer, publicKey } = ownSigner(algorithm);
    const token = await signJws(signer, { typ: 'at+jwt', kid: signer.keyId }, { name: 'ﻢﺤﻣﺩ தமிழ் 😀', list: [1, null] });
    const { payload, protectedHeader } = await compactVerify(token, publicKey, { algorithms: [algorithm] });
    assert.deepEqual(protectedHeader, { typ: 'at+jwt', kid: 'k', alg: algorithm });
    assert.deepEqual(JSON.parse(Buffer.from(payload).toString()), { name: 'ﻢﺤﻣﺩ தமிழ் 😀', list: [1, null] });
    await verifySignature(parseJws(token), publicKey);
  }
});

test('quality Q22: many at once, right and wrong ones mixed, are each judged alone', async () => {
  const { signer, publicKey } = ownSigner('ES256');
  const tokens = await Promise.all(Array.from({ length: 64 }, (_, index) => signJws(signer, {}, { index })));
  const outcomes = await Promise.allSettled(
    tokens.map((token, index) => {
      const jws = parseJws(token);
      return verifySignature(index % 2 ? { ...jws, signingInput: `${jws.signingInput}A` } : jws, publicKey);
    }),
  );
  assert.deepEqual(
    outcomes.map(({ status }) => status),
    tokens.map((_, index) => (index % 2 ? 'rejected' : 'fulfilled')),
  );
});

test('quality Q22: a key of small order, under which one signature fits every text, verifies nothing', async () => {
  const points = [
    '0100000000000000000000000000000000000000000000000000000000000000',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
    '0000000000000000000000000000000000000000000000000000000000000080',
    '0000000000000000000000000000000000000000000000000000000000000000',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  ].map((text) => Buffer.from(text, 'hex'));
  const forgeries = points.flatMap((point) => {
    const key = importForeignKey({ kty: 'OKP', crv: 'Ed25519', x: point.toString('base64url') });
    const jws = { header: { alg: 'EdDSA' }, payload: {} };
    if (!key) return [];
    return points.flatMap((r) =>
      Array.from({ length: 16 }, (_, index) => ({
        key,
        jws: { ...jws, signingInput: `text ${index}`, signature: Buffer.concat([r, Buffer.alloc(32)]) },
      })),
    );
  });
  const outcomes = await Promise.allSettled(forgeries.map(({ jws, key }) => verifySignature(jws, key)));
  assert.ok(outcomes.every(({ status }) => status === 'rejected'));
  for (const { jws, key } of forgeries.filter((_, index) => index % 16 === 0)) await assert.rejects(verifySignature(jws, key), JwsFault);
});
