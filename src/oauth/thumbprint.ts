import type { PublicJwk } from '../keys/keys.ts';
import { sha256Base64url } from '../lib/bytes.ts';

/** RFC 7638 §3: SHA-256 over the required members in lexicographic order, base64url. */
export function jwkThumbprint(jwk: Pick<PublicJwk, 'kty' | 'crv' | 'x' | 'y'>): string {
  const { kty, crv, x, y } = jwk;
  const members = kty === 'EC' ? { crv, kty, x, y } : { crv, kty, x };
  return sha256Base64url(JSON.stringify(members));
}
