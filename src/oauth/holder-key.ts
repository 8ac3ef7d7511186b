import { ECDH } from 'node:crypto';
import type { PublicJwk } from '../keys/keys.ts';
import { readBase58 } from '../lib/base58.ts';
import { base64url, readBase64url } from '../lib/bytes.ts';
import { parseStrictJson } from '../lib/strict-json.ts';
import { readPublicJwk } from './public-key.ts';

/** did:key method §3.1: multicodec ed25519-pub (0xed) and p256-pub (0x1200), the second compressed. */
function readDidKey(identifier: string): PublicJwk | undefined {
  const bytes = identifier.startsWith('z') ? readBase58(identifier.slice(1)) : undefined;
  if (!bytes) return undefined;
  if (bytes[0] === 0xed && bytes[1] === 0x01 && bytes.byteLength === 34)
    return readPublicJwk({ kty: 'OKP', crv: 'Ed25519', x: base64url(bytes.subarray(2)) });
  if (bytes[0] !== 0x80 || bytes[1] !== 0x24 || bytes.byteLength !== 35) return undefined;
  try {
    const point = Buffer.from(ECDH.convertKey(bytes.subarray(2), 'prime256v1', undefined, undefined, 'uncompressed') as Buffer);
    return readPublicJwk({ kty: 'EC', crv: 'P-256', x: base64url(point.subarray(1, 33)), y: base64url(point.subarray(33)) });
  } catch {
    return undefined;
  }
}

function readDidJwk(identifier: string): PublicJwk | undefined {
  const bytes = readBase64url(identifier);
  if (!bytes || bytes.byteLength > 4096) return undefined;
  try {
    return readPublicJwk(parseStrictJson(Buffer.from(bytes).toString('utf8')));
  } catch {
    return undefined;
  }
}

/** did:jwk method §2: the DID that is the key, of its public members alone. */
export function didJwkOf({ kty, crv, x, y }: PublicJwk): string {
  return `did:jwk:${base64url(JSON.stringify(y === undefined ? { kty, crv, x } : { kty, crv, x, y }))}`;
}

/** A holder's key, and under which of the metadata's binding methods it came. */
export interface HolderKey {
  readonly method: 'did:key' | 'did:jwk';
  readonly jwk: PublicJwk;
  readonly did: string;
}

/** The key that a `kid` of did:key or did:jwk names (OpenID4VCI 1.0 appendix F.1): both carry the key in themselves. */
export function readHolderKid(kid: string): HolderKey | undefined {
  const [did = '', fragment] = kid.split('#');
  const [scheme, method, identifier = '', ...rest] = did.split(':');
  if (scheme !== 'did' || rest.length > 0) return undefined;
  if (method === 'key' && (fragment === undefined || fragment === identifier)) {
    const jwk = readDidKey(identifier);
    return jwk && { method: 'did:key', jwk, did };
  }
  if (method === 'jwk' && (fragment === undefined || fragment === '0')) {
    const jwk = readDidJwk(identifier);
    return jwk && { method: 'did:jwk', jwk, did };
  }
  return undefined;
}
