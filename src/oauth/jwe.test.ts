import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, type webcrypto } from 'node:crypto';
import { test } from 'node:test';
import { compactDecrypt } from 'jose';
import type { Decrypter, PublicJwk } from '../keys/keys.ts';
import { utf8 } from '../lib/bytes.ts';
import { decryptWith, deriveContentKey, encryptTo, JweFault } from './jwe.ts';

function decrypter(): Decrypter & { readonly privateKey: ReturnType<typeof createPrivateKey> } {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const publicJwk = { ...(publicKey.export({ format: 'jwk' }) as PublicJwk), kid: 'k' };
  const agree = async (jwk: PublicJwk) =>
    diffieHellman({ privateKey, publicKey: createPublicKey({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' }) });
  return { algorithm: 'ECDH-ES', keyId: 'k', publicJwk, agree, privateKey };
}

test('standards V-51: the key of RFC 7518 appendix C is derived', () => {
  const key = (jwk: object) => ({ key: jwk as webcrypto.JsonWebKey, format: 'jwk' as const });
  const alice = {
    kty: 'EC',
    crv: 'P-256',
    x: 'gI0GAILBdu7T53akrFmMyGcsF3n5dO7MmwNBHKW5SV0',
    y: 'SLW_xSffzlPWrHEVI30DHM_4egVwt3NQqeUD7nMFpps',
    d: '0_NxaRPUMQoAJt50Gz8YiTr8gRTwyEaCumd-MToTmIo',
  };
  const bob = {
    kty: 'EC',
    crv: 'P-256',
    x: 'weNJy2HscCSM6AEDTDg04biOvhFhyyWvOHQfeF_PxMQ',
    y: 'e8lnCO-AlStT-NJVX-crhB7QRYhiix03illJOVAOyck',
  };
  const secret = diffieHellman({ privateKey: createPrivateKey(key(alice)), publicKey: createPublicKey(key(bob)) });
  const derived = deriveContentKey({ secret, partyU: utf8('Alice'), partyV: utf8('Bob'), algorithm: 'A128GCM' });
  assert.equal(Buffer.from(derived).toString('base64url'), 'VqqN6vgjbSBcIijNcacQGg');
});

test('standards V-51: jose opens what we seal, and we open it through the key store', async () => {
  const recipient = decrypter();
  const sealed = await encryptTo(recipient.publicJwk, { registry: 'r', id: '1' }, 'registry-reference');
  const { plaintext } = await compactDecrypt(sealed, recipient.privateKey);
  assert.deepEqual(JSON.parse(Buffer.from(plaintext).toString()), { registry: 'r', id: '1' });
  assert.deepEqual(await decryptWith([recipient], sealed, 'registry-reference'), { registry: 'r', id: '1' });
});

test('standards V-51: altered, retyped, cut short and for another key are refused', async () => {
  const recipient = decrypter();
  const sealed = await encryptTo(recipient.publicJwk, { id: '1' }, 'registry-reference');
  const parts = sealed.split('.');
  const twisted = parts.map((part, index) => (index === 3 ? `${part.slice(0, -2)}AA` : part)).join('.');
  for (const bad of [twisted, parts.slice(0, 4).join('.'), `${sealed}=`, '', 'a.b.c.d.e'])
    await assert.rejects(decryptWith([recipient], bad, 'registry-reference'), JweFault, bad);
  await assert.rejects(decryptWith([recipient], sealed, 'another-type'), JweFault);
  await assert.rejects(decryptWith([decrypter()], sealed, 'registry-reference'), JweFault);
});
