import type { PublicJwk } from '../keys/keys.ts';
import { base64url, readBase64url } from '../lib/bytes.ts';
import { parseStrictJson } from '../lib/strict-json.ts';
import { readMultikey } from './multikey.ts';
import { readPublicJwk } from './public-key.ts';

/** did:key method §3.1: a Multikey, of the two curves that holders' keys have here. */
function readDidKey(identifier: string): PublicJwk | undefined {
  const jwk = readMultikey(identifier);
  return jwk?.crv === 'Ed25519' || jwk?.crv === 'P-256' ? jwk : undefined;
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
