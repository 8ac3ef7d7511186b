import type { ClientConfig } from '../../config-schema.ts';
import type { Clock } from '../../lib/clock.ts';
import { EgressFailure } from '../../lib/egress.ts';
import { isJsonObject } from '../../lib/json.ts';
import { JwsFault, type ParsedJws, parseJws, verifySignature } from '../../oauth/jws.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { findKey, type RemoteKeys } from '../../oauth/remote-keys.ts';
import { checkTimes } from '../../oauth/time-claims.ts';
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
const algorithms: readonly string[] = ['ES256', 'EdDSA', 'PS256'];
const toleranceSeconds = 10;
const lifetimeSeconds = 300;

const invalidClient = (cause: string) =>
  new Refusal(401, 'invalid_client', 'The client is not known here or did not prove who it is.', { cause });

async function findClientKey({ jwks, jwksUri }: ClientConfig, { header }: ParsedJws, { keys }: ClientAuthenticationOptions) {
  const kid = typeof header.kid === 'string' ? header.kid : undefined;
  if (jwksUri !== undefined) return keys.find(new URL(jwksUri), kid, header.alg);
  return isJsonObject(jwks) ? findKey(jwks, kid, header.alg) : undefined;
}

/** RFC 7523 §3 as FAPI 2.0 narrows it: our issuer identifier alone as audience, a string. Throws `JwsFault`. */
async function verifyAssertion(jws: ParsedJws, client: ClientConfig, options: ClientAuthenticationOptions): Promise<void> {
  const { iss, sub, aud, jti, exp } = jws.payload;
  if (!algorithms.includes(jws.header.alg)) throw new JwsFault('an algorithm we do not take');
  if (iss !== client.clientId || sub !== client.clientId) throw new JwsFault('another client');
  if (aud !== options.issuer) throw new JwsFault('another audience');
  if (typeof jti !== 'string' || jti === '' || jti.length > 256 || typeof exp !== 'number') throw new JwsFault('no jti or no exp');
  checkTimes(jws.payload, { clock: options.clock, toleranceSeconds, maximumLifetimeSeconds: lifetimeSeconds });
  const key = await findClientKey(client, jws, options);
  if (!key) throw new JwsFault('an unknown key');
  await verifySignature(jws, key);
  if (!(await options.claimAssertion(client.clientId, jti, Math.ceil(exp) + toleranceSeconds))) throw new JwsFault('used before');
}

async function authenticateByAssertion(assertion: string, form: TokenForm, options: ClientAuthenticationOptions): Promise<ClientConfig> {
  try {
    const jws = parseJws(assertion);
    const client = options.clients.find(({ clientId }) => clientId === jws.payload.sub);
    if (client?.authentication !== 'private_key_jwt') throw new JwsFault('a client without assertions');
    if (form.has('client_id') && form.get('client_id') !== client.clientId) throw new JwsFault('two clients in one request');
    await verifyAssertion(jws, client, options);
    return client;
  } catch (fault) {
    if (fault instanceof JwsFault) throw invalidClient(fault.message);
    if (fault instanceof EgressFailure) throw invalidClient('the keys of the client cannot be read');
    throw fault;
  }
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
  if (assertion !== undefined) return { kind: 'registered', client: await authenticateByAssertion(assertion, form, options) };
  const clientId = form.get('client_id');
  if (clientId === undefined) {
    if (options.anonymous) return { kind: 'anonymous' };
    throw invalidClient('no client');
  }
  const client = options.clients.find((known) => known.clientId === clientId);
  if (client?.authentication !== 'none') throw invalidClient('unknown, or without its proof');
  return { kind: 'registered', client };
}
