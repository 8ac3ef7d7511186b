import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import {
  type AuthorizationRequest,
  type Client,
  type Code,
  type CredentialIssuer,
  type HeldKey,
  keyProof,
  makeKey,
  obtainCode,
  obtainNonce,
  readAuthorizationServer,
  readIssuer,
  redeemCode,
  requestCredential,
} from '../../examples/walk/holder.ts';
import type { Person } from '../../examples/walk/person.ts';

/** The public client of the demo, as every test that plays a wallet by hand uses it. */
export const walkClient = { clientId: 'walk', redirectUri: 'http://127.0.0.1:8099/callback' } as const;

export interface Session {
  readonly messenger: Messenger;
  readonly issuer: CredentialIssuer;
  readonly request: AuthorizationRequest;
  readonly client: Client;
}

/** A wallet that has read the metadata and made its DPoP key. */
export async function openSession(issuerIdentifier: string, scope: string, listener?: (exchange: Exchange) => void): Promise<Session> {
  const messenger = new Messenger(listener);
  const issuer = await readIssuer(messenger, issuerIdentifier);
  const server = await readAuthorizationServer(messenger, issuer.authorizationServer);
  const client: Client = { ...walkClient, dpopKey: await makeKey() };
  return { messenger, issuer, client, request: { server, client, scope: `openid ${scope}` } };
}

export function signInFor({ messenger, request }: Session, person: Person): Promise<Code> {
  return obtainCode(messenger, request, person);
}

export async function obtainToken(session: Session, person: Person): Promise<string> {
  const code = await signInFor(session, person);
  return jsonOf(await redeemCode(session.messenger, session.request, code), 200).access_token as string;
}

export interface Prepared {
  readonly holderKey: HeldKey;
  readonly body: { readonly credential_configuration_id: string; readonly proofs: { readonly jwt: readonly string[] } };
}

/** A credential request with a fresh nonce and a fresh holder key. */
export async function prepareRequest({ messenger, issuer, client }: Session, configurationId: string, nonce?: string): Promise<Prepared> {
  const holderKey = await makeKey();
  const proof = await keyProof(holderKey, issuer.identifier, nonce ?? (await obtainNonce(messenger, issuer)), client.clientId);
  return { holderKey, body: { credential_configuration_id: configurationId, proofs: { jwt: [proof] } } };
}

export function sendRequest({ messenger, issuer, client }: Session, accessToken: string, body: unknown): Promise<Exchange> {
  return requestCredential(messenger, issuer, { dpopKey: client.dpopKey, accessToken: accessToken }, body);
}

export function credentialOf(exchange: Exchange): string {
  const [issued] = jsonOf(exchange, 200).credentials as { credential: string }[];
  if (!issued) throw new Error('The answer holds no credential.');
  return issued.credential;
}
