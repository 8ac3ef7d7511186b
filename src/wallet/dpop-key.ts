import { createPrivateKey, generateKeyPairSync, sign } from 'node:crypto';
import type { Signer } from '../keys/keys.ts';
import type { JsonObject } from '../lib/json.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';

/** A private P-256 key as JWK: made for one login, kept only in its sealed record. */
export type DpopKey = JsonObject & { readonly x: string; readonly y: string; readonly d: string };

export function makeDpopKey(): DpopKey {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({ format: 'jwk' }) as DpopKey;
}

/** Signs DPoP proofs (RFC 9449 §4.2) with the key of one login. */
export function dpopSigner({ x, y, d }: DpopKey): Signer {
  const publicJwk = { kty: 'EC' as const, crv: 'P-256', x, y };
  const key = createPrivateKey({ key: { ...publicJwk, d }, format: 'jwk' });
  return {
    algorithm: 'ES256',
    keyId: jwkThumbprint(publicJwk),
    publicJwk,
    certificates: [],
    sign: async (data) => sign('sha256', data, { key, dsaEncoding: 'ieee-p1363' }),
  };
}
