import type { PublicJwk } from '../keys/keys.ts';
import { base58 } from '../lib/base58.ts';

/** Multicodec prefixes of Controlled Identifiers 1.0 §2.2.2: ed25519-pub, p256-pub, p384-pub. */
const prefixes: Readonly<Record<string, readonly number[]>> = { Ed25519: [0xed, 0x01], 'P-256': [0x80, 0x24], 'P-384': [0x81, 0x24] };

/** The fragment that names an Ed25519 key in the form of Ed25519Signature2020; Data Integrity's own suites name it by its Multikey. */
export const ed25519Key2020Fragment = (keyId: string): string => `ed25519-2020-${keyId}`;

/** The `publicKeyMultibase` of a key: points of a curve are compressed (SEC 1 §2.3.3). Throws for a curve Multikey does not know. */
export function multikeyOf({ crv, x, y }: PublicJwk): string {
  const prefix = prefixes[crv];
  if (!prefix) throw new Error(`Multikey has no form for ${crv}.`);
  const point = Buffer.from(x, 'base64url');
  const sign = y === undefined ? [] : [(Buffer.from(y, 'base64url').at(-1) ?? 0) & 1 ? 0x03 : 0x02];
  return `z${base58(Buffer.concat([Buffer.from(prefix), Buffer.from(sign), point]))}`;
}
