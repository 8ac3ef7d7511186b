import type { KeyStore } from '../keys/keys.ts';
import { randomHandle } from '../lib/bytes.ts';
import { type Clock, numericDate } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { encryptTo } from '../oauth/jwe.ts';
import { signJws } from '../oauth/jws.ts';
import type { Accounts } from './account.ts';
import type { CredentialIssuers } from './credential-issuers.ts';

/** How long our access tokens live (design D6); the engine is told the same. */
export const accessTokenSeconds = 300;

export interface AccessTokenSubject {
  readonly accountId: string;
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

/** An access token that no engine makes. */
export interface AccessTokenOrder {
  readonly accountId: string;
  /** The Credential Issuer the token is for. */
  readonly audience: string;
  /** Left out where nobody in particular asked. */
  readonly clientId?: string;
  readonly scopes: readonly string[];
  readonly details: readonly JsonObject[];
  readonly boundThumbprint?: string;
}

export interface AccessTokenTools {
  /** Our issuer identifier. */
  readonly issuer: string;
  readonly keys: KeyStore;
  readonly accounts: Accounts;
  readonly issuers: CredentialIssuers;
  readonly clock: Clock;
  /** The sector a client's pairwise subjects belong to (OpenID Connect Core §8.1). */
  readonly sectorOf: (clientId: string) => Promise<string>;
}

/** RFC 9068 §2, member for member as the engine writes it. */
export async function createAccessToken(
  { accountId, audience, clientId, scopes, details, boundThumbprint }: AccessTokenOrder,
  { issuer, keys, accounts, issuers, clock, sectorOf }: AccessTokenTools,
): Promise<{ readonly token: string; readonly expiresInSeconds: number }> {
  const [jti, now] = [randomHandle(), numericDate(clock.now())];
  const reference = await registryReference({ accountId, audience, jti }, accounts, issuers);
  const signer = await keys.signer('access-token');
  const payload = {
    jti,
    // Without a client there is no sector that could see the same person twice.
    sub: accounts.pairwise(accountId, clientId === undefined ? jti : await sectorOf(clientId)),
    iat: now,
    exp: now + accessTokenSeconds,
    ...(details.length > 0 ? { authorization_details: details } : {}),
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...(clientId === undefined ? {} : { client_id: clientId }),
    iss: issuer,
    aud: audience,
    ...(boundThumbprint === undefined ? {} : { cnf: { jkt: boundThumbprint } }),
    ...(reference === undefined ? {} : { registry_reference: reference }),
  };
  return { token: await signJws(signer, { typ: 'at+jwt', kid: signer.keyId }, payload), expiresInSeconds: accessTokenSeconds };
}
