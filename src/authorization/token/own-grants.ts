import type { AuthorizationConfig } from '../../config-schema.ts';
import { mintNonce, readNonce } from '../../oauth/nonce.ts';
import { createRemoteDocuments } from '../../oauth/remote-documents.ts';
import { createRemoteKeys } from '../../oauth/remote-keys.ts';
import { authorizationRoutes } from '../../routes.ts';
import type { ServiceTools } from '../../service.ts';
import type { Accounts } from '../account.ts';
import type { CredentialIssuers } from '../credential-issuers.ts';
import type { DispatcherOptions, OwnGrant } from '../engine/dispatcher.ts';
import type { Engine } from '../engine/provider.ts';
import { createPreAuthorizedCodes } from '../pre-authorized-codes.ts';
import { answerPreAuthorizedCode, preAuthorizedCodeGrantType } from './pre-authorized-code-grant.ts';

export interface OwnGrantTools extends ServiceTools {
  readonly publicUrl: URL;
  readonly config: AuthorizationConfig;
}

export interface OwnGrantParts {
  readonly engine: Engine;
  readonly issuers: CredentialIssuers;
  readonly accounts: Accounts;
}

/** The grant types that never reach the engine, for its metadata. */
export function ownGrantTypes({ preAuthorizedCode }: AuthorizationConfig): readonly string[] {
  return preAuthorizedCode ? [preAuthorizedCodeGrantType] : [];
}

/** Token requests that we answer ourselves, by grant type. */
export async function openOwnGrants(
  { config, keys, store, clock, egress, publicUrl }: OwnGrantTools,
  { engine, issuers, accounts }: OwnGrantParts,
): Promise<Omit<DispatcherOptions, 'publicUrl' | 'clock'>> {
  const issuer = publicUrl.href.replace(/\/$/, '');
  const mint = { secret: await keys.secret('nonce'), audience: `${issuer}/dpop`, clock, lifetimeSeconds: 300 };
  const nonces = { mint: () => mintNonce(mint), accepts: (nonce: string) => readNonce(mint, nonce).state === 'valid' };
  const ownGrants = new Map<string, OwnGrant>();
  const { preAuthorizedCode, clients } = config;
  if (preAuthorizedCode) {
    const { anonymous, lifetimeSeconds } = preAuthorizedCode;
    const { claimAssertion, sectorOf } = engine;
    const remoteKeys = createRemoteKeys(createRemoteDocuments({ egress, clock }), clock);
    const tools = {
      codes: createPreAuthorizedCodes({ store, clock, secret: await keys.secret('pre-authorized-code'), lifetimeSeconds }),
      issuers,
      authentication: { clients, anonymous, issuer, keys: remoteKeys, clock, claimAssertion },
      accessToken: { issuer, keys, accounts, issuers, clock, sectorOf },
      store,
      clock,
      nonces,
      url: new URL(issuer + authorizationRoutes.token),
    };
    ownGrants.set(preAuthorizedCodeGrantType, (request, form) => answerPreAuthorizedCode(request, form, tools));
  }
  return { ownGrants, dpopNonce: nonces.mint };
}
