import {
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type JsonWebKeyInput,
  type KeyObject,
  sign,
} from 'node:crypto';
import { base64url } from '../../lib/bytes.ts';
import { firstInTurn } from '../../lib/loop-turn.ts';
import type { Decrypter, PublicJwk, Signer, SigningAlgorithm } from '../keys.ts';

/** One key as its file keeps it. Times are ISO 8601. */
export interface KeyRecord {
  readonly algorithm: SigningAlgorithm | 'ECDH-ES';
  /** PKCS#8 DER, base64url. */
  readonly privateKey: string;
  readonly createdAt: string;
  /** From when it signs; published before that. */
  readonly activeFrom: string;
  /** After that it is published no more. */
  readonly retiredAt?: string;
  /** DER, base64: the signer's certificate, without the anchor. */
  readonly certificates: readonly string[];
}

export function makeKey(algorithm: KeyRecord['algorithm']): KeyObject {
  return algorithm === 'EdDSA' ? generateKeyPairSync('ed25519').privateKey : generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
}

export const exportPkcs8 = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'pkcs8' });
export const exportSpki = (key: KeyObject): Uint8Array => createPublicKey(key).export({ format: 'der', type: 'spki' });
export const importPkcs8 = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' });

/** RFC 7638 §3; written out here because an implementation of the store stands on nothing but its interface. */
function thumbprint({ kty, crv, x, y }: PublicJwk): string {
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return base64url(createHash('sha256').update(JSON.stringify(members)).digest());
}

export function publicJwkOf(record: KeyRecord): PublicJwk & { readonly kid: string } {
  const { kty, crv, x, y } = createPublicKey(importPkcs8(record.privateKey)).export({ format: 'jwk' }) as PublicJwk;
  const jwk: PublicJwk = y === undefined ? { kty, crv, x } : { kty, crv, x, y };
  const use = record.algorithm === 'ECDH-ES' ? 'enc' : 'sig';
  return {
    ...jwk,
    kid: thumbprint(jwk),
    use,
    alg: record.algorithm,
    ...(record.certificates.length > 0 ? { x5c: record.certificates } : {}),
  };
}

export function signerOf(record: KeyRecord, algorithm: SigningAlgorithm): Signer {
  const publicJwk = publicJwkOf(record);
  const options = { key: importPkcs8(record.privateKey), dsaEncoding: 'ieee-p1363' as const };
  const digest = algorithm === 'EdDSA' ? null : 'sha256';
  return {
    algorithm,
    keyId: publicJwk.kid,
    publicJwk,
    certificates: record.certificates.map((text) => Buffer.from(text, 'base64')),
    sign(data) {
      if (firstInTurn()) return Promise.resolve(sign(digest, data, options));
      return new Promise((resolve, reject) =>
        sign(digest, data, options, (fault, signature) => (fault ? reject(fault) : resolve(signature))),
      );
    },
  };
}

export function decrypterOf(record: KeyRecord): Decrypter {
  const publicJwk = publicJwkOf(record);
  const privateKey = importPkcs8(record.privateKey);
  return {
    algorithm: 'ECDH-ES',
    keyId: publicJwk.kid,
    publicJwk,
    async agree({ kty, crv, x, y }) {
      const input = { key: { kty, crv, x, y }, format: 'jwk' } as JsonWebKeyInput;
      return diffieHellman({ privateKey, publicKey: createPublicKey(input) });
    },
  };
}
