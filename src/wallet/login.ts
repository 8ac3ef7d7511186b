import type { WalletConfig } from '../config-schema.ts';
import { randomHandle, sha256Base64url } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import type { BrowserSession } from './browser-session.ts';
import { type DpopKey, dpopSigner, makeDpopKey } from './dpop-key.ts';
import type { AuthorizationServer, IssuerDirectory } from './issuer-directory.ts';
import type { OAuthClient } from './oauth-client.ts';
import type { SealedRecords } from './sealed-records.ts';
import { walletFault } from './wallet-fault.ts';

/** A sign-in that was begun in one browser; it is spent by the first answer (quality R57, R72). */
export interface PendingLogin extends JsonObject {
  readonly issuer: string;
  readonly configurationId: string;
  readonly server: string;
  readonly clientId: string;
  readonly verifier: string;
  readonly nonce: string;
  readonly dpopKey: DpopKey;
}

/** What the owner picked, on the landing page or in an invitation. */
export interface Wish {
  readonly issuer: string;
  readonly configurationId: string;
  /** From an invitation: passed on as it came (OpenID4VCI 1.0 §5.1.3). */
  readonly issuerState?: string | undefined;
  /** From an invitation: one of those the issuer's metadata lists. */
  readonly authorizationServer?: string | undefined;
  readonly language: string;
}

export interface LoginTools {
  readonly config: WalletConfig;
  readonly redirectUri: string;
  readonly directory: IssuerDirectory;
  readonly client: OAuthClient;
  readonly logins: SealedRecords<PendingLogin>;
  readonly clock: Clock;
}

/** Longer than an authorization server of ours waits for its owner. */
const loginSeconds = 1800;

/** OpenID4VCI 1.0 §12.2.4: a server of the issuer's own list at which this wallet is registered. */
function chooseServer(listed: readonly string[], wish: Wish, config: WalletConfig): string {
  const wanted = wish.authorizationServer === undefined ? listed : listed.filter((server) => server === wish.authorizationServer);
  const server = wanted.find((candidate) => config.clients[candidate] !== undefined);
  if (server === undefined) throw walletFault('unavailable', 'no authorization server that knows this wallet');
  return server;
}

interface Request {
  readonly server: AuthorizationServer;
  readonly login: PendingLogin;
  readonly parameters: Readonly<Record<string, string>>;
}

/** RFC 9126 §4 where the server takes pushed requests, RFC 6749 §4.1.1 otherwise. */
async function authorizationAddress({ server, login, parameters }: Request, client: OAuthClient): Promise<URL> {
  const { clientId, dpopKey } = login;
  const address = new URL(server.authorizationEndpoint);
  const url = server.pushedAuthorizationRequestEndpoint;
  if (!url) {
    for (const [name, value] of Object.entries({ ...parameters, client_id: clientId })) address.searchParams.set(name, value);
    return address;
  }
  const { status, body } = await client.postForm({ url, server, clientId, dpop: dpopSigner(dpopKey), form: parameters });
  if (status !== 201 || typeof body.request_uri !== 'string')
    throw walletFault('refused', `the pushed request was answered ${status} ${String(body.error ?? '')}`);
  address.searchParams.set('client_id', clientId);
  address.searchParams.set('request_uri', body.request_uri);
  return address;
}

/**
 * Begins a sign-in (walk steps 1 and 2): returns the address to send the browser to. Verifier, state and nonce are
 * independent random values; the verifier stays here, sealed (features A03, quality R57).
 */
export async function beginLogin(tools: LoginTools, session: BrowserSession, wish: Wish): Promise<URL> {
  const { config, directory, client, logins, clock, redirectUri } = tools;
  const issuer = await directory.read(wish.issuer);
  const offering = issuer.offerings.find(({ id }) => id === wish.configurationId);
  if (!offering) throw walletFault('unknown_document');
  const server = await directory.readServer(chooseServer(issuer.authorizationServers, wish, config));
  const clientId = config.clients[server.issuer]?.clientId ?? '';
  const [verifier, state, nonce] = [randomHandle(), randomHandle(), randomHandle()];
  const dpopKey = makeDpopKey();
  const login: PendingLogin = {
    issuer: issuer.identifier,
    configurationId: offering.id,
    server: server.issuer,
    clientId,
    verifier,
    nonce,
    dpopKey,
  };
  const details = [{ type: 'openid_credential', credential_configuration_id: offering.id, locations: [issuer.identifier] }];
  const parameters = {
    response_type: 'code',
    redirect_uri: redirectUri,
    // OpenID4VCI 1.0 §5.1.2: by scope where the type has one, §5.1.1: by details otherwise.
    scope: offering.scope === undefined ? 'openid' : `openid ${offering.scope}`,
    ...(offering.scope === undefined ? { authorization_details: JSON.stringify(details) } : { resource: issuer.identifier }),
    state,
    nonce,
    code_challenge: sha256Base64url(verifier),
    code_challenge_method: 'S256',
    dpop_jkt: dpopSigner(dpopKey).keyId,
    ui_locales: wish.language,
    ...(wish.issuerState === undefined ? {} : { issuer_state: wish.issuerState }),
  };
  const address = await authorizationAddress({ server, login, parameters }, client);
  await logins.put(session, state, login, addSeconds(clock.now(), loginSeconds));
  return address;
}
