import type { ClientConfig } from '../../config-schema.ts';
import type { Clock } from '../../lib/clock.ts';
import { EgressFailure } from '../../lib/egress.ts';
import { isJsonObject } from '../../lib/json.ts';
import { JwsFault, type ParsedJws, verifySignature } from '../../oauth/jws.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { findKey, type RemoteKeys } from '../../oauth/remote-keys.ts';
import { readClientAssertion } from '../client-assertion.ts';
import type { TokenForm } from './token-request.ts';

/** Who asks for a token. */
export type TokenClient = { readonly kind: 'registered'; readonly client: ClientConfig } | { readonly kind: 'anonymous' };

export interface ClientAuthenticationOptions {
  readonly clients: readonly ClientConfig[];
  /** Whether nobody in particular may ask (OpenID4VCI 1.0 §12.3). */
  readonly anonymous: boolean;
  /** Our issuer identifier: the one audience of an assertion (standards F-11). */
  readonly issuer: string;
  readonly keys: RemoteKeys;
  readonly clock: Clock;
  /** Takes possession of an assertion: true for one caller, whichever endpoint it comes to (SU6). */
  readonly claimAssertion: (clientId: string, jti: string, expiresAtSeconds: number) => Promise<boolean>;
}

const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

const invalidClient = (cause: string) =>
  new Refusal(401, 'invalid_client', 'The client is not known here or did not prove who it is.', { cause });

async function findClientKey({ jwks, jwksUri }: ClientConfig, { header }: ParsedJws, { keys }: ClientAuthenticationOptions) {
  const kid = typeof header.kid === 'string' ? header.kid : undefined;
  if (jwksUri !== undefined) return keys.find(new URL(jwksUri), kid, header.alg);
  return isJsonObject(jwks) ? findKey(jwks, kid, header.alg) : undefined;
}

async function verifyAssertion(text: string, form: TokenForm, options: ClientAuthenticationOptions): Promise<ClientConfig> {
  const { jws, clientId, jti, expiresAtSeconds } = readClientAssertion(text, options.issuer, options.clock);
  const client = options.clients.find((known) => known.clientId === clientId);
  if (client?.authentication !== 'private_key_jwt') throw new JwsFault('a client without assertions');
  if (form.has('client_id') && form.get('client_id') !== clientId) throw new JwsFault('two clients in one request');
  const key = await findClientKey(client, jws, options);
  if (!key) throw new JwsFault('an unknown key');
  await verifySignature(jws, key);
  if (!(await options.claimAssertion(clientId, jti, expiresAtSeconds))) throw new JwsFault('used before');
  return client;
}

function asInvalidClient(fault: unknown): unknown {
  if (fault instanceof JwsFault) return invalidClient(fault.message);
  return fault instanceof EgressFailure ? invalidClient('the keys of the client cannot be read') : fault;
}

/** RFC 6749 §3.2.1; a client that says who it is must be who it says, also where nobody in particular may ask (quality R12). */
export async function authenticateClient(
  form: TokenForm,
  authorization: string | undefined,
  options: ClientAuthenticationOptions,
): Promise<TokenClient> {
  if (authorization !== undefined || form.has('client_secret')) throw invalidClient('a method we do not offer');
  const assertion = form.get('client_assertion');
  if ((assertion === undefined) !== (form.get('client_assertion_type') !== assertionType)) throw invalidClient('half an assertion');
  if (assertion !== undefined) {
    const client = await verifyAssertion(assertion, form, options).catch((fault: unknown) => Promise.reject(asInvalidClient(fault)));
    return { kind: 'registered', client };
  }
  const clientId = form.get('client_id');
  if (clientId === undefined) {
    if (options.anonymous) return { kind: 'anonymous' };
    throw invalidClient('no client');
  }
  const client = options.clients.find((known) => known.clientId === clientId);
  if (client?.authentication !== 'none') throw invalidClient('unknown, or without its proof');
  return { kind: 'registered', client };
}
