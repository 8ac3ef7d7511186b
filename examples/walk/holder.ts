import { createHash, randomBytes } from 'node:crypto';
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import { type Exchange, jsonOf, type Messenger } from './exchange.ts';
import { type Person, signIn } from './person.ts';

/** A key pair of the wallet or its holder. */
export interface HeldKey {
  readonly privateKey: CryptoKey;
  readonly publicJwk: JWK;
}

export async function makeKey(): Promise<HeldKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { privateKey: privateKey as CryptoKey, publicJwk: await exportJWK(publicKey) };
}

export interface AuthorizationServer {
  readonly issuer: string;
  readonly authorizationEndpoint: URL;
  readonly tokenEndpoint: URL;
  readonly pushedAuthorizationRequestEndpoint: URL;
}

export interface CredentialIssuer {
  readonly identifier: string;
  readonly credentialEndpoint: URL;
  readonly nonceEndpoint: URL;
  readonly authorizationServer: string;
  readonly configurations: Readonly<Record<string, { readonly scope: string; readonly format: string }>>;
}

const wellKnown = (suffix: string, identifier: string) => {
  const url = new URL(identifier);
  return new URL(`/.well-known/${suffix}${url.pathname.replace(/\/$/, '')}`, url);
};

/** OpenID4VCI 1.0 §12.2.2 */
export async function readIssuer(messenger: Messenger, identifier: string): Promise<CredentialIssuer> {
  const metadata = jsonOf(await messenger.send('1 issuer metadata', wellKnown('openid-credential-issuer', identifier)), 200);
  return {
    identifier: metadata.credential_issuer as string,
    credentialEndpoint: new URL(metadata.credential_endpoint as string),
    nonceEndpoint: new URL(metadata.nonce_endpoint as string),
    authorizationServer: (metadata.authorization_servers as string[])[0] as string,
    configurations: metadata.credential_configurations_supported as CredentialIssuer['configurations'],
  };
}

/** RFC 8414 §3 */
export async function readAuthorizationServer(messenger: Messenger, issuer: string): Promise<AuthorizationServer> {
  const metadata = jsonOf(await messenger.send('2 authorization server metadata', wellKnown('oauth-authorization-server', issuer)), 200);
  return {
    issuer: metadata.issuer as string,
    authorizationEndpoint: new URL(metadata.authorization_endpoint as string),
    tokenEndpoint: new URL(metadata.token_endpoint as string),
    pushedAuthorizationRequestEndpoint: new URL(metadata.pushed_authorization_request_endpoint as string),
  };
}

/** RFC 9449 §4.2 */
export async function dpopProof(
  key: HeldKey,
  method: string,
  url: URL,
  extra: { nonce?: string; accessToken?: string } = {},
): Promise<string> {
  const claims = {
    jti: randomBytes(16).toString('base64url'),
    htm: method,
    htu: url.origin + url.pathname,
    ...(extra.nonce ? { nonce: extra.nonce } : {}),
    ...(extra.accessToken ? { ath: createHash('sha256').update(extra.accessToken).digest('base64url') } : {}),
  };
  return new SignJWT(claims).setProtectedHeader({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }).setIssuedAt().sign(key.privateKey);
}

/** OpenID4VCI 1.0 appendix F.1 */
export async function keyProof(key: HeldKey, audience: string, nonce: string, clientId?: string): Promise<string> {
  const proof = new SignJWT({ nonce })
    .setProtectedHeader({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: key.publicJwk })
    .setAudience(audience)
    .setIssuedAt();
  return (clientId ? proof.setIssuer(clientId) : proof).sign(key.privateKey);
}

export interface Client {
  readonly clientId: string;
  readonly redirectUri: string;
  readonly dpopKey: HeldKey;
}

export interface AuthorizationRequest {
  readonly server: AuthorizationServer;
  readonly client: Client;
  readonly scope?: string;
  readonly authorizationDetails?: unknown;
  readonly extra?: Readonly<Record<string, string>>;
}

export interface DpopForm {
  readonly step: string;
  readonly url: URL;
  readonly key: HeldKey;
  readonly form: Readonly<Record<string, string>>;
}

/** Sends a form with a DPoP proof and repeats once with the nonce the server asks for (RFC 9449 §8). */
export async function postWithDpop(messenger: Messenger, { step, url, key, form }: DpopForm): Promise<Exchange> {
  const first = await messenger.send(step, url, { form, headers: { dpop: await dpopProof(key, 'POST', url) } });
  const nonce = first.responseHeaders.get('dpop-nonce');
  if (first.status !== 400 || !nonce || !first.responseBody.includes('use_dpop_nonce')) return first;
  return messenger.send(step, url, { form, headers: { dpop: await dpopProof(key, 'POST', url, { nonce }) } });
}

export interface Code {
  readonly code: string;
  readonly verifier: string;
}

/** RFC 9126 and RFC 7636: pushes the request, plays the person, and returns the single-use code. */
export async function obtainCode(messenger: Messenger, request: AuthorizationRequest, person: Person): Promise<Code> {
  const { server, client } = request;
  const verifier = randomBytes(32).toString('base64url');
  const state = randomBytes(16).toString('base64url');
  const form = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    state,
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    ...(request.scope ? { scope: request.scope } : {}),
    ...(request.authorizationDetails ? { authorization_details: JSON.stringify(request.authorizationDetails) } : {}),
    ...request.extra,
  };
  const pushed = jsonOf(
    await postWithDpop(messenger, {
      step: '2 pushed authorization request',
      url: server.pushedAuthorizationRequestEndpoint,
      key: client.dpopKey,
      form,
    }),
    201,
  );
  const address = new URL(server.authorizationEndpoint);
  address.search = new URLSearchParams({ client_id: client.clientId, request_uri: pushed.request_uri as string }).toString();
  const answer = await signIn(messenger, address, client.redirectUri, person);
  if (answer.searchParams.get('state') !== state) throw new Error('The state did not come back.');
  if (answer.searchParams.get('iss') !== server.issuer) throw new Error('The answer names another issuer.');
  const code = answer.searchParams.get('code');
  if (!code) throw new Error(`No code came back: ${answer.searchParams.get('error')}`);
  return { code, verifier };
}

/** RFC 6749 §4.1.3 */
export function redeemCode(messenger: Messenger, { server, client }: AuthorizationRequest, { code, verifier }: Code): Promise<Exchange> {
  const form = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    code,
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
  };
  return postWithDpop(messenger, { step: '6 token', url: server.tokenEndpoint, key: client.dpopKey, form });
}

export async function obtainNonce(messenger: Messenger, issuer: CredentialIssuer): Promise<string> {
  return jsonOf(await messenger.send('7 nonce', issuer.nonceEndpoint, { method: 'POST' }), 200).c_nonce as string;
}

export interface BoundToken {
  readonly dpopKey: HeldKey;
  readonly accessToken: string;
}

/** OpenID4VCI 1.0 §8.2 with a DPoP-bound token (RFC 9449 §7). */
export async function requestCredential(
  messenger: Messenger,
  issuer: CredentialIssuer,
  { dpopKey, accessToken }: BoundToken,
  body: unknown,
): Promise<Exchange> {
  const url = issuer.credentialEndpoint;
  const send = async (nonce?: string) =>
    messenger.send('7 credential', url, {
      json: body,
      headers: {
        authorization: `DPoP ${accessToken}`,
        dpop: await dpopProof(dpopKey, 'POST', url, { accessToken, ...(nonce ? { nonce } : {}) }),
      },
    });
  const first = await send();
  const nonce = first.responseHeaders.get('dpop-nonce');
  return first.status === 401 && nonce && /use_dpop_nonce/.test(first.responseHeaders.get('www-authenticate') ?? '') ? send(nonce) : first;
}

export const thumbprint = (key: HeldKey) => calculateJwkThumbprint(key.publicJwk);
