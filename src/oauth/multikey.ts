import type { VerificationJwk } from '../keys/keys.ts';
import { base58 } from '../lib/base58.ts';

/** Multicodec prefixes of Controlled Identifiers 1.0 §2.2.2: ed25519-pub, p256-pub, p384-pub. */
const prefixes: Readonly<Record<string, readonly number[]>> = { Ed25519: [0xed, 0x01], 'P-256': [0x80, 0x24], 'P-384': [0x81, 0x24] };

/** The fragment that names an Ed25519 key in the form of Ed25519Signature2020; Data Integrity's own suites name it by its Multikey. */
export const ed25519Key2020Fragment = (keyId: string): string => `ed25519-2020-${keyId}`;

/** The `publicKeyMultibase` of a key: points of a curve are compressed (SEC 1 §2.3.3); `undefined` for one that Multikey has no form for. */
export function findMultikey(jwk: VerificationJwk): string | undefined {
  const prefix = jwk.kty === 'RSA' ? undefined : prefixes[jwk.crv];
  if (!prefix || jwk.kty === 'RSA') return undefined;
  const { x, y } = jwk;
  const point = Buffer.from(x, 'base64url');
  const sign = y === undefined ? [] : [(Buffer.from(y, 'base64url').at(-1) ?? 0) & 1 ? 0x03 : 0x02];
  return `z${base58(Buffer.concat([Buffer.from(prefix), Buffer.from(sign), point]))}`;
}

/** The same for a key that has one. */
export function multikeyOf(jwk: VerificationJwk): string {
  const found = findMultikey(jwk);
  if (found === undefined) throw new Error(`Multikey has no form for a key of the kind ${jwk.kty}.`);
  return found;
}
