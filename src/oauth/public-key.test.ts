import assert from 'node:assert/strict';
import { generateKeyPairSync, type webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { calculateJwkThumbprint, type JWK } from 'jose';
import type { PublicJwk } from '../keys/keys.ts';
import { importForeignKey, importPublicKey, readPublicJwk } from './public-key.ts';
import { jwkThumbprint } from './thumbprint.ts';

const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const jwkOf = (key: { export(options: { format: 'jwk' }): webcrypto.JsonWebKey }) =>
  key.export({ format: 'jwk' }) as Record<string, string>;

test('quality Q22: thumbprints are those of RFC 8037 appendix A.3, RFC 9449 §6.1 and jose', async () => {
  const okp = { kty: 'OKP', crv: 'Ed25519', x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo' } as const;
  assert.equal(jwkThumbprint(okp), 'kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k');
  const proof = {
    kty: 'EC',
    crv: 'P-256',
    x: 'l8tFrhx-34tV3hRICRDY9zCkDlpBhF42UQUfWVAWBFs',
    y: '9VE4jf_Ok_o64zbTTlcuNJajHmt6v9TDVrU0CdvGRDA',
  } as const;
  assert.equal(jwkThumbprint(proof), '0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I');
  for (const key of [ec('P-256').publicKey, ec('P-384').publicKey, generateKeyPairSync('ed25519').publicKey]) {
    const jwk = key.export({ format: 'jwk' });
    assert.equal(jwkThumbprint(jwk as PublicJwk), await calculateJwkThumbprint(jwk as JWK));
  }
});

test('quality Q22: a public key is read, and only the members that make it are kept', () => {
  for (const key of [ec('P-256').publicKey, ec('P-384').publicKey, generateKeyPairSync('ed25519').publicKey]) {
    const jwk = jwkOf(key);
    assert.deepEqual(readPublicJwk({ ...jwk, kid: 'x', use: 'enc', x5u: 'https://attacker.example', __proto__: 1 }), jwk);
  }
});

test('quality Q22: private, symmetric, foreign, badly spelled and impossible keys are refused', () => {
  const { privateKey, publicKey } = ec('P-256');
  const jwk = jwkOf(publicKey);
  const { x = '', y = '' } = jwk;
  const edwards = jwkOf(generateKeyPairSync('ed25519').publicKey);
  const padded = Buffer.concat([Buffer.alloc(1), Buffer.from(x, 'base64url')]).toString('base64url');
  const refused: readonly unknown[] = [
    undefined,
    null,
    'key',
    [],
    {},
    jwkOf(privateKey),
    ...['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].map((name) => ({ ...jwk, [name]: '' })),
    jwkOf(generateKeyPairSync('ed25519').privateKey),
    { kty: 'oct', k: 'AAAA' },
    jwkOf(ec('P-521').publicKey),
    jwkOf(ec('secp256k1').publicKey),
    jwkOf(generateKeyPairSync('x25519').publicKey),
    jwkOf(generateKeyPairSync('ed448').publicKey),
    { ...jwk, crv: 'P-384' },
    { ...jwk, kty: 'OKP' },
    { ...jwk, crv: 'Ed25519' },
    { ...edwards, kty: 'EC' },
    { ...edwards, crv: 'P-256' },
    { ...jwk, y: undefined },
    { ...jwk, x: `${x}=` },
    { ...jwk, x: ` ${x}` },
    { ...jwk, x: padded },
    { ...jwk, x: y, y: x },
    { ...jwk, x: Buffer.alloc(32).toString('base64url'), y: Buffer.alloc(32).toString('base64url') },
    { ...jwk, x: Buffer.alloc(32, 0xff).toString('base64url') },
    { ...jwk, crv: '__proto__' },
    { ...jwk, x: 1 },
  ];
  for (const [index, value] of refused.entries()) assert.equal(readPublicJwk(value), undefined, `${index}`);
});

test('quality Q22: RSA keys of foreign parties: strong ones alone', () => {
  const rsa = (modulusLength: number, publicExponent = 65_537) => generateKeyPairSync('rsa', { modulusLength, publicExponent });
  const good = jwkOf(rsa(2048).publicKey);
  assert.ok(importForeignKey(good));
  assert.equal(importForeignKey(jwkOf(rsa(1024).publicKey)), undefined, 'short');
  assert.equal(importForeignKey(jwkOf(rsa(1024).publicKey)), undefined, 'short, a second time');
  assert.equal(importForeignKey(jwkOf(rsa(2048, 3).publicKey)), undefined, 'a small exponent');
  assert.equal(importForeignKey(jwkOf(rsa(2048).privateKey)), undefined, 'private');
  assert.equal(importForeignKey({ ...good, e: 'AQ' }), undefined, 'an exponent of one');
  assert.equal(importForeignKey({ ...good, n: Buffer.alloc(4096, 0xff).toString('base64url') }), undefined, 'endless');
  assert.equal(importForeignKey({ ...good, n: `${good.n}=` }), undefined, 'padded');
});

test('quality Q39: a key that returns is kept, whatever number of strangers comes between; strangers are forgotten', () => {
  const jwk = jwkOf(ec('P-256').publicKey) as unknown as PublicJwk;
  const stranger = jwkOf(ec('P-256').publicKey) as unknown as PublicJwk;
  const [key, other] = [importPublicKey(jwk), importPublicKey(stranger)];
  for (let index = 0; index < 4200; index += 1) {
    const x = Buffer.alloc(32);
    x.writeUInt32BE(index);
    importPublicKey({ kty: 'OKP', crv: 'Ed25519', x: x.toString('base64url') });
    if (index % 500 === 0) assert.equal(importPublicKey(jwk), key);
  }
  assert.equal(importPublicKey(jwk), key);
  assert.notEqual(importPublicKey(stranger), other);
});
