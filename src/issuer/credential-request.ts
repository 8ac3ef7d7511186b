import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { Refusal } from '../oauth/refusal.ts';
import { type Grant, insufficientScope } from './access-token.ts';
import type { CredentialType } from './credential-type.ts';

/** A credential request that reads well; its proofs are not verified yet. */
export interface CredentialRequest {
  readonly type: CredentialType;
  /** Compact JWTs of proof type `jwt`. */
  readonly proofs: readonly string[];
  /** What identifies the request for a retry: the members we act on, in a fixed order. */
  readonly canonical: string;
}

export const invalidRequest = (description: string, cause?: unknown) =>
  new Refusal(400, 'invalid_credential_request', description, { cause });
const invalidProof = (description: string) => new Refusal(400, 'invalid_proof', description);

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

// OpenID4VCI 1.0 §8.2: exactly one proof type, a non-empty array.
function readProofs(proofs: Json | undefined, maximum: number): readonly string[] {
  if (proofs === undefined) throw invalidProof('A proof of the holder key is needed.');
  if (!isJsonObject(proofs) || Object.keys(proofs).length !== 1) throw invalidRequest('proofs must hold exactly one proof type.');
  const { jwt } = proofs;
  if (jwt === undefined) throw invalidProof('The proof type jwt is the one this credential takes.');
  if (!Array.isArray(jwt) || jwt.length === 0) throw invalidRequest('proofs.jwt must be a non-empty array.');
  // §12.2.4: more than the advertised batch_size is refused before any signature is checked (quality R26).
  if (jwt.length > maximum) throw invalidRequest(`At most ${maximum} ${maximum === 1 ? 'proof is' : 'proofs are'} taken in one request.`);
  if (!jwt.every((entry: Json): entry is string => typeof entry === 'string')) throw invalidProof('Each proof must be a string.');
  return jwt;
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
  const proofs = readProofs(body.proofs, batchSize);
  return { type, proofs, canonical: JSON.stringify([type.id, type.version, proofs]) };
}
