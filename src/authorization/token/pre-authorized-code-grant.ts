import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type DpopNonces, type ProvenKey, verifyDpopProof } from '../../oauth/dpop.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { Store } from '../../store/store.ts';
import { type AccessTokenTools, createAccessToken } from '../access-token.ts';
import { readAuthorizationDetails, readDetail, withIdentifiers } from '../credential-details.ts';
import type { CredentialIssuers } from '../credential-issuers.ts';
import type { FoundPreAuthorizedCode, PreAuthorizedCodes } from '../pre-authorized-codes.ts';
import { authenticateClient, type ClientAuthenticationOptions, type TokenClient } from './client-authentication.ts';
import type { TokenForm } from './token-request.ts';

export const preAuthorizedCodeGrantType = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';

export interface PreAuthorizedCodeGrantTools {
  readonly codes: PreAuthorizedCodes;
  readonly issuers: CredentialIssuers;
  readonly authentication: ClientAuthenticationOptions;
  readonly accessToken: AccessTokenTools;
  readonly store: Store;
  readonly clock: Clock;
  readonly nonces: DpopNonces;
  /** The public address of the token endpoint. */
  readonly url: URL;
}

const invalidGrant = (description: string) => new Refusal(400, 'invalid_grant', description);
const invalidRequest = (description: string) => new Refusal(400, 'invalid_request', description);
const spent = () => invalidGrant('The pre-authorized code is unknown, was used, or is no longer valid. Ask for a new offer.');

// OpenID4VCI 1.0 §6.3: a transaction code where none is expected, or none where one is (standards V-23).
function checkTxCode({ txCodeExpected }: FoundPreAuthorizedCode, txCode: string | undefined): void {
  if (txCodeExpected && txCode === undefined) throw invalidRequest('The transaction code is missing.');
  if (!txCodeExpected && txCode !== undefined) throw invalidRequest('This offer has no transaction code.');
}

// §6.1.1: the request may narrow what was offered, never widen it (standards VX-4).
function checkCovered({ configurationIds, issuer }: FoundPreAuthorizedCode, details: readonly JsonObject[]): void {
  for (const detail of details) {
    const { configurationId = '', locations } = readDetail(detail) ?? {};
    if (!configurationIds.includes(configurationId) || (locations !== undefined && !locations.includes(issuer)))
      throw new Refusal(400, 'invalid_authorization_details', 'The offer does not cover this credential.');
  }
}

/** RFC 9449 §5: a proof binds the token; a client that must bind its tokens has to bring one. */
async function proveKey(request: FastifyRequest, client: TokenClient, tools: PreAuthorizedCodeGrantTools): Promise<ProvenKey | undefined> {
  const headers = request.raw.headersDistinct.dpop ?? [];
  if (headers.length === 0) {
    if (client.kind === 'registered' && client.client.requireDpop) throw invalidRequest('This client must bind its tokens by DPoP.');
    return undefined;
  }
  const { clock, nonces, url, store } = tools;
  const claim = (key: string, expiresAt: Date) => store.claim('dpop-jti', key, expiresAt);
  return verifyDpopProof({ headers, method: request.method, url, clock, nonces, claim, atAuthorizationServer: true });
}

/** Without details the token carries the scopes of everything offered; a type without a scope is granted by a detail (§5.1.2). */
async function grantOf(found: FoundPreAuthorizedCode, details: readonly JsonObject[] | undefined, issuers: CredentialIssuers) {
  if (details) {
    checkCovered(found, details);
    return { scopes: [], details: withIdentifiers(details, found.issuer) };
  }
  const offered = (await issuers.typesOf(found.issuer)).filter(({ configurationId }) => found.configurationIds.includes(configurationId));
  const scopes = offered.flatMap(({ scope }) => scope ?? []);
  const unscoped = offered.filter(({ scope }) => scope === undefined);
  const granted = unscoped.map(({ configurationId }) => ({ type: 'openid_credential', credential_configuration_id: configurationId }));
  return { scopes, details: withIdentifiers(granted, found.issuer) };
}

/**
 * OpenID4VCI 1.0 §6, grant type pre-authorized_code: everything about the request is judged first, then the try is counted, then
 * the code is spent (quality Q4). Returns the members of a token response (§6.2).
 */
export async function answerPreAuthorizedCode(
  request: FastifyRequest,
  form: TokenForm,
  tools: PreAuthorizedCodeGrantTools,
): Promise<JsonObject> {
  const client = await authenticateClient(form, request.headers.authorization, tools.authentication);
  const code = form.get('pre-authorized_code');
  if (code === undefined) throw invalidRequest('The parameter pre-authorized_code is missing.');
  const requested = readAuthorizationDetails(form.get('authorization_details'));
  const found = await tools.codes.find(code);
  if (!found) throw spent();
  const txCode = form.get('tx_code');
  checkTxCode(found, txCode);
  const resource = form.get('resource');
  if (resource !== undefined && resource !== found.issuer) throw new Refusal(400, 'invalid_target', 'The offer is of another issuer.');
  const { scopes, details } = await grantOf(found, requested, tools.issuers);
  const key = await proveKey(request, client, tools);
  const redemption = await tools.codes.redeem(code, txCode);
  if (redemption.outcome === 'wrong-tx-code') throw invalidGrant(`The transaction code is wrong. Tries left: ${redemption.triesLeft}.`);
  if (redemption.outcome === 'void') throw spent();
  const { accountId, issuer: audience } = found;
  const order = {
    accountId,
    audience,
    scopes,
    details,
    ...(client.kind === 'registered' ? { clientId: client.client.clientId } : {}),
    ...(key ? { boundThumbprint: key.thumbprint } : {}),
  };
  const { token, expiresInSeconds } = await createAccessToken(order, tools.accessToken);
  return {
    access_token: token,
    token_type: key ? 'DPoP' : 'Bearer',
    expires_in: expiresInSeconds,
    ...(scopes.length > 0 ? { scope: scopes.join(' ') } : {}),
    ...(details.length > 0 ? { authorization_details: details } : {}),
  };
}
