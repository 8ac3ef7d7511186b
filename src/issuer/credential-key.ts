import type { SigningPurpose } from '../keys/keys.ts';

/** The purpose of the key that signs credentials of a type: one that types share, or one of its own by name (features B69). */
export function credentialKeyOf(issuerName: string, key: string | undefined): SigningPurpose {
  return key === undefined ? `credential:${issuerName}` : `credential:${issuerName}:own-${key}`;
}
