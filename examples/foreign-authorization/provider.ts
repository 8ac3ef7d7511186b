// A foreign OpenID provider: signs members of the cooperative in and issues access tokens for its Credential Issuer.
// It knows nothing of this product. Run: node start.mjs examples/foreign-authorization/provider.ts
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Provider from 'oidc-provider';

export interface ProviderSettings {
  readonly port: number;
  /** Public address of the wallet that is registered here. */
  readonly wallet: string;
  /** Credential Issuer identifier: the audience of access tokens. */
  readonly issuer: string;
}

/** Members of the cooperative: the password of this example is the name. */
const members: Readonly<Record<string, string>> = { lena: 'M-1041', moses: 'M-1042', iniya: 'M-1043' };
const scope = 'member_card';

function configuration({ wallet, issuer }: ProviderSettings): ConstructorParameters<typeof Provider>[1] {
  const signingKey = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'jwk' });
  return {
    jwks: { keys: [{ ...signingKey, alg: 'ES256', use: 'sig', kid: 'provider-1' }] },
    cookies: { keys: [randomBytes(32).toString('base64url')] },
    clients: [
      {
        client_id: 'chancery-wallet',
        redirect_uris: [`${wallet}/wallet/callback`],
        token_endpoint_auth_method: 'private_key_jwt',
        token_endpoint_auth_signing_alg: 'ES256',
        id_token_signed_response_alg: 'ES256',
        jwks_uri: `${wallet}/wallet/jwks.json`,
        require_pushed_authorization_requests: true,
        dpop_bound_access_tokens: true,
      },
    ],
    // The package asks no address of this machine; the wallet of this example stands here, and it alone may be asked.
    fetch: (url, options) => fetch(url, String(url).startsWith(wallet) ? ({ ...options, dispatcher: undefined } as RequestInit) : options),
    scopes: ['openid'],
    claims: { openid: ['sub'] },
    pkce: { required: () => true },
    findAccount: (_context, id) => ({ accountId: id, claims: async () => ({ sub: id }) }),
    extraTokenClaims: (_context, token) => ('accountId' in token ? { member_number: members[token.accountId ?? ''] ?? '' } : {}),
    interactions: { url: (_context, { uid }) => `/sign-in/${uid}` },
    ttl: { AccessToken: 300, AuthorizationCode: 60, Grant: 600, IdToken: 300, Interaction: 600, Session: 600 },
    features: {
      devInteractions: { enabled: false },
      pushedAuthorizationRequests: { enabled: true },
      dPoP: { enabled: true },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => issuer,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope,
          audience: issuer,
          accessTokenFormat: 'jwt',
          accessTokenTTL: 300,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
  };
}

const page = (uid: string, fault = '') => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Growers Cooperative</title>
<h1>Growers Cooperative</h1><p role="alert">${fault}</p>
<form method="post" action="/sign-in/${uid}">
<p><label>Name <input name="login" autocomplete="username"></label></p>
<p><label>Password <input name="password" type="password" autocomplete="current-password"></label></p>
<p><button name="action" value="continue">Sign in and allow the member card</button></p>
</form></html>`;

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let body = '';
  for await (const part of request) {
    body += String(part);
    if (body.length > 4096) throw new Error('The form is too large.');
  }
  return new URLSearchParams(body);
}

/** One round for sign-in and consent: the page names the one thing that is allowed. */
async function signIn(provider: Provider, issuer: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { uid, params } = await provider.interactionDetails(request, response);
  const show = (status: number, fault?: string) =>
    response.writeHead(status, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' }).end(page(uid, fault));
  if (request.method !== 'POST') return void show(200);
  const form = await readForm(request);
  const accountId = form.get('login') ?? '';
  if (!Object.hasOwn(members, accountId) || form.get('password') !== accountId) return void show(400, 'That was not right.');
  const grant = new provider.Grant({ accountId, clientId: String(params.client_id) });
  grant.addOIDCScope('openid');
  grant.addResourceScope(issuer, scope);
  const result = { login: { accountId }, consent: { grantId: await grant.save() } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

/** Starts the provider; its issuer identifier is `http://localhost:<port>`. */
export async function startProvider(settings: ProviderSettings): Promise<Server> {
  const provider = new Provider(`http://localhost:${settings.port}`, configuration(settings));
  const answer = provider.callback();
  const server = createServer((request, response) => {
    if (!request.url?.startsWith('/sign-in/')) return answer(request, response);
    const end = () => response.writeHead(400, { 'content-type': 'text/plain' }).end('This sign-in has ended. Start again.');
    return signIn(provider, settings.issuer, request, response).catch(end);
  });
  await new Promise<void>((resolve) => server.listen(settings.port, '127.0.0.1', resolve));
  return server;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9400' },
      wallet: { type: 'string', default: 'http://localhost:8080' },
      issuer: { type: 'string', default: 'http://localhost:8080/issuers/cooperative' },
    },
  });
  await startProvider({ ...values, port: Number(values.port) });
  console.log(`The foreign provider is ready at http://localhost:${values.port}. Stop with Ctrl-C.`);
}
