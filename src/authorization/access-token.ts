import type { JsonObject } from '../lib/json.ts';
import { encryptTo } from '../oauth/jwe.ts';
import type { Accounts } from './account.ts';
import type { CredentialIssuers } from './credential-issuers.ts';

export interface AccessTokenSubject {
  readonly accountId: string;
  readonly clientId: string;
  /** The Credential Issuer the token is for. */
  readonly audience: string;
  readonly jti: string;
}

/** Design D6: the registry's subject, sealed to the issuer and to this very token; `undefined` for an unknown account. */
export async function registryReference(
  { accountId, audience, jti }: AccessTokenSubject,
  accounts: Accounts,
  issuers: CredentialIssuers,
): Promise<string | undefined> {
  const subject = accounts.subjectOf(accountId);
  if (!subject) return undefined;
  const payload: JsonObject = { registry: subject.registry, id: subject.id, iss: audience, jti };
  return encryptTo(await issuers.encryptionKey(audience), payload, 'registry-reference');
}
