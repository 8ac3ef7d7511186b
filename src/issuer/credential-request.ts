import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { Refusal } from '../oauth/refusal.ts';
import { type Grant, insufficientScope } from './access-token.ts';
import type { CredentialType } from './credential-type.ts';
import { invalidRequest, type RequestProofs, readRequestProofs } from './proofs/request-proofs.ts';

/** A credential request that reads well; its proofs are not verified yet. */
export interface CredentialRequest {
  readonly type: CredentialType;
  /** `undefined` for a type whose credentials are bound to no key. */
  readonly proofs: RequestProofs | undefined;
  /** What identifies the request for a retry: the members we act on, in a fixed order. */
  readonly canonical: string;
}

/** The body of the credential endpoint: a JSON object, read strictly. */
export function parseCredentialRequest(text: string): JsonObject {
  try {
    const body = parseStrictJson(text);
    if (isJsonObject(body)) return body;
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    throw invalidRequest('The body is not a JSON object that can be read.', fault.message);
  }
  throw invalidRequest('The body is not a JSON object.');
}

// OpenID4VCI 1.0 §8.2: an identifier once the token response gave any, the configuration otherwise; never both, never neither.
function findType(body: JsonObject, grant: Grant, types: readonly CredentialType[]): CredentialType {
  const { credential_identifier: identifier, credential_configuration_id: configuration } = body;
  if ((identifier === undefined) === (configuration === undefined))
    throw invalidRequest('Exactly one of credential_identifier and credential_configuration_id is needed.');
  if (identifier !== undefined) return findByIdentifier(identifier, grant, types);
  if (typeof configuration !== 'string') throw invalidRequest('credential_configuration_id must be a string.');
  const type = types.find(({ id }) => id === configuration);
  if (!type) throw new Refusal(400, 'unknown_credential_configuration', 'This issuer has no such credential configuration.');
  // For one type the authorization_details win over its scope (§5.1.2): their identifiers say which data set is meant.
  if ([...grant.identifiers.values()].includes(configuration))
    throw invalidRequest('The access token gives credential_identifiers; one of them is needed.');
  if (!grant.scopes.has(type.scope)) throw insufficientScope(grant, type.scope);
  return type;
}

function findByIdentifier(identifier: Json, grant: Grant, types: readonly CredentialType[]): CredentialType {
  if (typeof identifier !== 'string') throw invalidRequest('credential_identifier must be a string.');
  const configuration = grant.identifiers.get(identifier);
  const type = types.find(({ id }) => id === configuration);
  if (!type) throw new Refusal(400, 'unknown_credential_identifier', 'The access token gives no such credential identifier.');
  return type;
}

/** What a request may ask of one issuer. */
export interface Offered {
  readonly types: readonly CredentialType[];
  /** Copies in one request at most: the advertised batch_size, or one. */
  readonly batchSize: number;
}

/** OpenID4VCI 1.0 §8.2; unknown members are ignored. Throws the errors of §8.3.1.2. */
export function readCredentialRequest(body: JsonObject, grant: Grant, { types, batchSize }: Offered): CredentialRequest {
  const type = findType(body, grant, types);
  const proofs = readRequestProofs(body.proofs, type.binding, batchSize);
  return { type, proofs, canonical: JSON.stringify([type.id, type.version, type.formatMetadata.format, proofs]) };
}
