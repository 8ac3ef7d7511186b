import { ECDH } from 'node:crypto';
import type { PublicJwk, VerificationJwk } from '../keys/keys.ts';
import { base58, readBase58 } from '../lib/base58.ts';
import { base64url } from '../lib/bytes.ts';
import { readPublicJwk } from './public-key.ts';

interface Form {
  readonly crv: string;
  readonly prefix: readonly [number, number];
  /** With the sign of a compressed point. */
  readonly length: number;
  /** OpenSSL's name of a curve whose points are compressed. */
  readonly curve?: string;
}

/** Multicodec prefixes of Controlled Identifiers 1.0 §2.2.2: ed25519-pub, p256-pub, p384-pub. */
const forms: readonly Form[] = [
  { crv: 'Ed25519', prefix: [0xed, 0x01], length: 32 },
  { crv: 'P-256', prefix: [0x80, 0x24], length: 33, curve: 'prime256v1' },
  { crv: 'P-384', prefix: [0x81, 0x24], length: 49, curve: 'secp384r1' },
];

/** The fragment that names an Ed25519 key in the form of Ed25519Signature2020; Data Integrity's own suites name it by its Multikey. */
export const ed25519Key2020Fragment = (keyId: string): string => `ed25519-2020-${keyId}`;

/** Prefix and key; points of a curve are compressed (SEC 1 §2.3.3). `undefined` for a key that Multikey has no form for. */
function findMultikeyBytes(jwk: VerificationJwk): Uint8Array | undefined {
  if (jwk.kty === 'RSA') return undefined;
  const { crv, x, y } = jwk;
  const form = forms.find((entry) => entry.crv === crv);
  if (!form) return undefined;
  const sign = y === undefined ? [] : [(Buffer.from(y, 'base64url').at(-1) ?? 0) & 1 ? 0x03 : 0x02];
  return Buffer.concat([Buffer.from(form.prefix), Buffer.from(sign), Buffer.from(x, 'base64url')]);
}

/** The `publicKeyMultibase` of a key; `undefined` for one that Multikey has no form for. */
export function findMultikey(jwk: VerificationJwk): string | undefined {
  const bytes = findMultikeyBytes(jwk);
  return bytes && `z${base58(bytes)}`;
}

/** The bytes of a key that has a Multikey. */
export function multikeyBytes(jwk: VerificationJwk): Uint8Array {
  const bytes = findMultikeyBytes(jwk);
  if (!bytes) throw new Error(`Multikey has no form for a key of the kind ${jwk.kty}.`);
  return bytes;
}

/** The `publicKeyMultibase` of a key that has one. */
export const multikeyOf = (jwk: VerificationJwk): string => `z${base58(multikeyBytes(jwk))}`;

/** The key in the bytes of a Multikey; `undefined` for another prefix or length, and for a point off the curve. */
export function readMultikeyBytes(bytes: Uint8Array): PublicJwk | undefined {
  const form = forms.find(({ prefix, length }) => bytes[0] === prefix[0] && bytes[1] === prefix[1] && bytes.length === 2 + length);
  if (!form) return undefined;
  const key = bytes.subarray(2);
  if (!form.curve) return readPublicJwk({ kty: 'OKP', crv: form.crv, x: base64url(key) });
  try {
    const point = Buffer.from(ECDH.convertKey(key, form.curve, undefined, undefined, 'uncompressed') as Buffer);
    const half = 1 + (point.length - 1) / 2;
    return readPublicJwk({ kty: 'EC', crv: form.crv, x: base64url(point.subarray(1, half)), y: base64url(point.subarray(half)) });
  } catch {
    return undefined;
  }
}

/** The same of a `publicKeyMultibase`. */
export function readMultikey(text: string): PublicJwk | undefined {
  const bytes = text.startsWith('z') ? readBase58(text.slice(1)) : undefined;
  return bytes && readMultikeyBytes(bytes);
}
