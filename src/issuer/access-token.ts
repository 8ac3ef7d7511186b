import type { AuthorizationServerConfig } from '../config-schema.ts';
import { sha256Base64url } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { EgressFailure } from '../lib/egress.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { dpopAlgorithms } from '../oauth/dpop.ts';
import { checkHeader, JwsFault, type ParsedJws, parseJws, verifySignature } from '../oauth/jws.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { RemoteDocuments } from '../oauth/remote-documents.ts';
import { createRemoteKeys, type RemoteKeys } from '../oauth/remote-keys.ts';
import { createServerKeys } from '../oauth/server-keys.ts';
import { checkTimes } from '../oauth/time-claims.ts';
import { challenge } from '../oauth/www-authenticate.ts';
import { serverMetadataPlaces } from '../routes.ts';

/** What a verified access token allows at this Credential Issuer. */
export interface Grant {
  readonly server: AuthorizationServerConfig;
  /** The token's id: `jti`, or the hash of the token where its issuer gives none. */
  readonly tokenId: string;
  readonly clientId: string | undefined;
  readonly scopes: ReadonlySet<string>;
  /** credential_identifier to credential_configuration_id, as the token's authorization_details say. */
  readonly identifiers: ReadonlyMap<string, string>;
  /** Thumbprint of the key the token is bound to (RFC 9449 §6.1). */
  readonly boundThumbprint: string | undefined;
  readonly payload: JsonObject;
}

/** `verify(token)`: a Grant, or a `Refusal` per RFC 6750 §3. */
export interface AccessTokenVerifier {
  verify(token: string): Promise<Grant>;
}

export interface AccessTokenOptions {
  /** The Credential Issuer identifier: what `aud` must name. */
  readonly identifier: string;
  readonly servers: readonly AuthorizationServerConfig[];
  readonly documents: RemoteDocuments;
  /** By default those that the documents name. */
  readonly keys?: RemoteKeys;
  readonly clock: Clock;
}

const ownAlgorithms = ['ES256', 'EdDSA'] as const;
const foreignAlgorithms = ['ES256', 'ES384', 'EdDSA', 'PS256', 'RS256'] as const;
const toleranceSeconds = 10;

/** RFC 6750 §3.1: the token is good, but not for this. The challenge speaks of the scheme that the token has. */
export function insufficientScope({ boundThumbprint }: Grant, scope: string): Refusal {
  const parameters = { error: 'insufficient_scope', scope };
  const header =
    boundThumbprint === undefined ? challenge('Bearer', parameters) : challenge('DPoP', { ...parameters, algorithms: dpopAlgorithms });
  return new Refusal(403, 'insufficient_scope', 'The access token does not cover this credential.', {
    headers: { 'www-authenticate': header },
  });
}

/** RFC 6750 §3.1 */
export function invalidToken(description: string, cause?: unknown): Refusal {
  const parameters = { error: 'invalid_token', description };
  const header = `${challenge('DPoP', { ...parameters, algorithms: dpopAlgorithms })}, ${challenge('Bearer', parameters)}`;
  return new Refusal(401, 'invalid_token', description, { headers: { 'www-authenticate': header }, cause });
}

const namesInList = (list: Json | undefined, wanted: string) => Array.isArray(list) && list.includes(wanted);

/** OpenID4VCI 1.0 §5.1.1: `locations` names the issuers a detail is about; what was allowed at another one is nothing here. */
function identifiersOf(details: Json | undefined, identifier: string): ReadonlyMap<string, string> {
  const entries = (Array.isArray(details) ? details : [])
    .filter(isJsonObject)
    .filter(({ type, locations }) => type === 'openid_credential' && (locations === undefined || namesInList(locations, identifier)));
  return new Map(
    entries.flatMap(({ credential_configuration_id: configuration, credential_identifiers: identifiers }) =>
      typeof configuration === 'string' && Array.isArray(identifiers)
        ? identifiers.filter((entry): entry is string => typeof entry === 'string').map((entry) => [entry, configuration] as const)
        : [],
    ),
  );
}

function readGrant(token: string, { payload }: ParsedJws, server: AuthorizationServerConfig, identifier: string): Grant {
  const { jti, client_id: clientId, azp, scope, authorization_details: details, cnf } = payload;
  const client = typeof clientId === 'string' ? clientId : typeof azp === 'string' ? azp : undefined;
  const jkt = isJsonObject(cnf) ? cnf.jkt : undefined;
  // A binding we cannot check is not a token without binding (RFC 8705 x5t#S256, for one).
  if (cnf !== undefined && typeof jkt !== 'string') throw new JwsFault('bound in a way we do not know');
  return {
    server,
    tokenId: typeof jti === 'string' && jti !== '' ? `${server.issuer}|${jti}` : sha256Base64url(token),
    clientId: client,
    scopes: new Set(typeof scope === 'string' ? scope.split(' ') : []),
    identifiers: identifiersOf(details, identifier),
    boundThumbprint: typeof jkt === 'string' ? jkt : undefined,
    payload,
  };
}

function names(audience: Json | undefined, wanted: string): boolean {
  return audience === wanted || namesInList(audience, wanted);
}

/** Access tokens as JWTs (RFC 9068) of any configured authorization server, by the keys it publishes. */
export function createAccessTokenVerifier(options: AccessTokenOptions): AccessTokenVerifier {
  const { identifier, servers, documents, clock, keys = createRemoteKeys(documents, clock) } = options;
  const serverKeys = createServerKeys({ documents, keys, placesOf: serverMetadataPlaces });

  async function verifyJwt(token: string): Promise<Grant> {
    const jws = parseJws(token);
    const server = servers.find(({ issuer }) => issuer === jws.payload.iss);
    if (!server) throw new JwsFault('an issuer we do not trust');
    const own = server.subject.from === 'registry_reference';
    // RFC 9068 §4; providers older than it write `JWT`.
    checkHeader(jws, { types: own ? ['at+jwt'] : ['at+jwt', 'jwt'], algorithms: own ? ownAlgorithms : foreignAlgorithms });
    if (!names(jws.payload.aud, server.audience ?? identifier)) throw new JwsFault('another audience');
    checkTimes(jws.payload, { clock, toleranceSeconds, maximumLifetimeSeconds: own ? 300 : 3600 });
    if (own && typeof jws.payload.jti !== 'string') throw new JwsFault('no jti');
    const { kid } = jws.header;
    const key = await serverKeys.find(server.issuer, typeof kid === 'string' ? kid : undefined, jws.header.alg);
    if (!key) throw new JwsFault('an unknown key');
    await verifySignature(jws, key);
    return readGrant(token, jws, server, identifier);
  }

  return {
    async verify(token) {
      try {
        return await verifyJwt(token);
      } catch (fault) {
        if (fault instanceof JwsFault) throw invalidToken('The access token is not valid here.', fault.message);
        if (fault instanceof EgressFailure)
          throw new Refusal(503, 'temporarily_unavailable', 'The issuer of the access token does not answer.', {
            headers: { 'retry-after': '5' },
            cause: fault,
          });
        throw fault;
      }
    },
  };
}
