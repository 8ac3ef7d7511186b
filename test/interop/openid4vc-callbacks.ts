import assert from 'node:assert/strict';
import { createHash, randomBytes, webcrypto } from 'node:crypto';
import { type CallbackContext, clientAuthenticationNone } from '@openid4vc/oauth2';
import { importJWK, type JWK, type JWTPayload, SignJWT } from 'jose';

/** Keys of the foreign wallet by their public x: the library hands back the public key it wants a signature of. */
const privateKeys = new Map<string, JWK>();

export async function makeKey(): Promise<JWK & { kty: string }> {
  const { privateKey } = (await webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, [
    'sign',
    'verify',
  ])) as webcrypto.CryptoKeyPair;
  const jwk = (await webcrypto.subtle.exportKey('jwk', privateKey)) as JWK & { kty: string };
  privateKeys.set(jwk.x ?? '', jwk);
  const { kty, crv, x, y } = jwk;
  return { kty, crv, x, y } as JWK & { kty: string };
}

const refuse = () => {
  throw new Error('not part of this flow');
};

/** What the library leaves to its user: randomness, hashes and signatures of a public client. */
export const callbacksOf = (clientId: string): CallbackContext => ({
  hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
  generateRandom: (length) => randomBytes(length),
  clientAuthentication: clientAuthenticationNone({ clientId }),
  signJwt: async (signer, { header, payload }) => {
    assert.equal(signer.method, 'jwk');
    const publicJwk = signer.method === 'jwk' ? signer.publicJwk : refuse();
    const key = await importJWK(privateKeys.get(publicJwk.x ?? '') as JWK, 'ES256');
    return { jwt: await new SignJWT(payload as JWTPayload).setProtectedHeader(header as never).sign(key), signerJwk: publicJwk };
  },
  verifyJwt: refuse,
  decryptJwe: refuse,
  encryptJwe: refuse,
});
