import { randomHandle } from '../lib/bytes.ts';
import { addSeconds } from '../lib/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import type { RemoteKeys } from '../oauth/remote-keys.ts';
import type { BrowserSession } from './browser-session.ts';
import { type DpopKey, dpopSigner } from './dpop-key.ts';
import { verifyIdToken } from './id-token.ts';
import type { AuthorizationServer } from './issuer-directory.ts';
import type { LoginTools, PendingLogin } from './login.ts';
import type { SealedRecords } from './sealed-records.ts';
import { walletFault } from './wallet-fault.ts';

/** An office has let the owner's wallet ask for one document; the browser may now fetch it. */
export interface Issuance extends JsonObject {
  readonly issuer: string;
  readonly configurationId: string;
  readonly clientId: string;
  readonly accessToken: string;
  readonly dpopKey: DpopKey;
  /** `credential_identifier` when the token response gave any (OpenID4VCI 1.0 §6.2). */
  readonly credentialIdentifier: string | null;
  readonly allowedAt: string;
  readonly expiresAt: string;
}

export interface CallbackTools extends LoginTools {
  readonly keys: RemoteKeys;
  readonly issuances: SealedRecords<Issuance>;
}

/** What the authorization server sent the browser back with. */
export interface AuthorizationAnswer {
  readonly state: string;
  readonly code: string | undefined;
  readonly error: string | undefined;
  readonly iss: string | undefined;
}

/** Where the browser goes next. */
export type Return =
  | { readonly outcome: 'allowed'; readonly issuanceId: string }
  | { readonly outcome: 'stopped'; readonly issuer: string; readonly configurationId: string };

/** A record outlives its token a little, so that a reload can say what happened. */
const issuanceSeconds = 1800;
const defaultTokenSeconds = 300;
const maximumLength = 4096;

/** RFC 6749 §4.1.2: each parameter once at most, and of a sane length. */
export function readAuthorizationAnswer(query: Readonly<Record<string, unknown>>): AuthorizationAnswer {
  const text = (name: string): string | undefined => {
    const value = query[name];
    if (value === undefined) return undefined;
    if (typeof value !== 'string' || value.length > maximumLength) throw walletFault('untrusted_answer', `${name} cannot be read`);
    return value;
  };
  const answer = { state: text('state'), code: text('code'), error: text('error'), iss: text('iss') };
  if (answer.state === undefined || (answer.code === undefined) === (answer.error === undefined))
    throw walletFault('untrusted_answer', 'not an authorization response');
  return { ...answer, state: answer.state };
}

// RFC 9207 §2.4: an answer of another server must never reach this server's token endpoint (mix-up).
function checkIssuer({ iss }: AuthorizationAnswer, server: AuthorizationServer): void {
  if (iss === undefined ? server.namesItselfInAnswers : iss !== server.issuer)
    throw walletFault('untrusted_answer', 'the answer names another authorization server');
}

function credentialIdentifierOf(details: Json | undefined, configurationId: string): string | null {
  const mine = (Array.isArray(details) ? details : []).find(
    (detail: Json) => isJsonObject(detail) && detail.credential_configuration_id === configurationId,
  );
  const identifiers = isJsonObject(mine) && Array.isArray(mine.credential_identifiers) ? mine.credential_identifiers : [];
  const [first] = identifiers as readonly Json[];
  return typeof first === 'string' ? first : null;
}

interface Redeemed {
  readonly accessToken: string;
  readonly lifetimeSeconds: number;
  readonly credentialIdentifier: string | null;
}

/** RFC 6749 §4.1.3, RFC 7636 §4.5; the client assertion is made for this login alone (quality R72). */
async function redeem(tools: CallbackTools, server: AuthorizationServer, login: PendingLogin, code: string): Promise<Redeemed> {
  const { client, keys, clock, redirectUri } = tools;
  const { clientId, dpopKey, verifier, nonce, configurationId } = login;
  const form = { grant_type: 'authorization_code', code, redirect_uri: redirectUri, code_verifier: verifier };
  const { status, body } = await client.postForm({ url: server.tokenEndpoint, server, clientId, dpop: dpopSigner(dpopKey), form });
  if (status !== 200) throw walletFault('refused', `the token request was answered ${status} ${String(body.error ?? '')}`);
  await verifyIdToken(body.id_token, { server, clientId, nonce, keys, clock });
  const { access_token: accessToken, token_type: type, expires_in: expiresIn } = body;
  if (typeof accessToken !== 'string' || typeof type !== 'string' || type.toLowerCase() !== 'dpop')
    throw walletFault('untrusted_answer', 'no DPoP-bound access token');
  return {
    accessToken,
    lifetimeSeconds: typeof expiresIn === 'number' && expiresIn > 0 ? expiresIn : defaultTokenSeconds,
    credentialIdentifier: credentialIdentifierOf(body.authorization_details, configurationId),
  };
}

/** Walk steps 5 and 6: the answer is bound to this browser's own login, which it spends whatever comes of it. */
export async function finishLogin(tools: CallbackTools, session: BrowserSession, answer: AuthorizationAnswer): Promise<Return> {
  const { directory, logins, issuances, clock } = tools;
  const login = await logins.take(session, answer.state);
  if (!login) throw walletFault('forgotten', 'no such login in this browser');
  const { issuer, configurationId, clientId, dpopKey } = login;
  const server = await directory.readServer(login.server);
  checkIssuer(answer, server);
  if (answer.error === 'access_denied') return { outcome: 'stopped', issuer, configurationId };
  if (answer.code === undefined) {
    const code = answer.error === 'temporarily_unavailable' ? 'unavailable' : 'refused';
    throw walletFault(code, `the authorization request was answered ${answer.error?.replace(/[^\w.-]/g, '?').slice(0, 60)}`);
  }
  const redeemed = await redeem(tools, server, login, answer.code);
  const issuanceId = randomHandle();
  const now = clock.now();
  const issuance: Issuance = {
    issuer,
    configurationId,
    clientId,
    dpopKey,
    accessToken: redeemed.accessToken,
    credentialIdentifier: redeemed.credentialIdentifier,
    allowedAt: now.toISOString(),
    expiresAt: addSeconds(now, redeemed.lifetimeSeconds).toISOString(),
  };
  await issuances.put(session, issuanceId, issuance, addSeconds(now, issuanceSeconds));
  return { outcome: 'allowed', issuanceId };
}
