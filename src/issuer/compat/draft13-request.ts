import type { Issue } from '../../formats/format.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { Grant } from '../access-token.ts';
import type { CredentialType } from '../credential-type.ts';
import type { Asked } from '../dialect.ts';
import { invalidRequest } from '../proofs/request-proofs.ts';

/** The name a format had then: wallets of the time know no other. */
export function nameThen({ formatMetadata, formerly }: CredentialType): string {
  const [older] = formerly.keys();
  return older ?? String(formatMetadata.format);
}

/** RFC 9864 §2.2 names EdDSA on this curve anew, and Mimoto signs by that name. */
export function algorithmsThen({ binding }: CredentialType): readonly ('ES256' | 'EdDSA' | 'Ed25519')[] {
  const { jwt } = binding?.proofs ?? {};
  // Such wallets have neither certificates nor attestations of their keys.
  const algorithms = jwt === undefined || jwt.certificates || jwt.keyAttestation ? [] : jwt.algorithms;
  return algorithms.includes('EdDSA') && !algorithms.includes('Ed25519') ? [...algorithms, 'Ed25519'] : algorithms;
}

/** The type as a wallet of the time asks for it: under a name its format had, with the proofs such wallets make. */
function typeThen(type: CredentialType, format: string): CredentialType {
  const issue: Issue = type.formerly.get(format) ?? type.issue;
  const { binding } = type;
  const algorithms = [...algorithmsThen(type)];
  const proven =
    binding && algorithms.length > 0 ? { ...binding, proofs: { ...binding.proofs, jwt: { ...binding.proofs.jwt, algorithms } } } : binding;
  return { ...type, formatMetadata: { ...type.formatMetadata, format }, issue, binding: proven };
}

function sameSet(a: Json | undefined, b: Json | undefined): boolean {
  const [left, right] = [new Set(Array.isArray(a) ? a : []), new Set(Array.isArray(b) ? b : [])];
  return left.size === right.size && left.isSubsetOf(right);
}

function isPart(a: Json | undefined, b: Json | undefined): boolean {
  return Array.isArray(a) && new Set<Json>(a).isSubsetOf(new Set(Array.isArray(b) ? b : []));
}

/** Whether a request describes a type: by `vct`, `doctype`, or the types of a `credential_definition` as a set. */
function describes(body: JsonObject, { formatMetadata }: CredentialType): boolean {
  const { vct, doctype, credential_definition: definition } = formatMetadata;
  if (vct !== undefined) return body.vct === vct;
  if (doctype !== undefined) return body.doctype === doctype;
  const asked = body.credential_definition;
  return isJsonObject(asked) && isJsonObject(definition) && sameSet(asked.type, definition.type);
}

/**
 * A request that gives the contexts gives all of them, or as Inji's library always does, the first alone: the type that has
 * exactly those wins over one that has more.
 */
function withContexts(body: JsonObject, types: readonly CredentialType[]): readonly CredentialType[] {
  const asked = isJsonObject(body.credential_definition) ? body.credential_definition['@context'] : undefined;
  if (asked === undefined) return types;
  const contextsOf = ({ formatMetadata: { credential_definition: definition } }: CredentialType) =>
    isJsonObject(definition) ? definition['@context'] : undefined;
  // A format whose metadata has no contexts does not compare any.
  const exact = types.filter((type) => contextsOf(type) === undefined || sameSet(asked, contextsOf(type)));
  return exact.length > 0 ? exact : types.filter((type) => isPart(asked, contextsOf(type)));
}

const unsupported = (what: 'type' | 'format', description: string) => new Refusal(400, `unsupported_credential_${what}`, description);

/** Draft 13 §7.2: which configuration a format and its description mean; exactly one of those the token allows. */
function findType({ body, types, grant }: Asked & { readonly grant: Grant }): CredentialType {
  const { format } = body;
  if (typeof format !== 'string') throw invalidRequest('format must be a string.');
  const encoded = types.filter((type) => type.formatMetadata.format === format || type.formerly.has(format));
  if (encoded.length === 0) throw unsupported('format', 'This issuer has no credential in this format.');
  const described = withContexts(
    body,
    encoded.filter((type) => describes(body, type)),
  );
  const [first] = described;
  if (!first) throw unsupported('type', 'This issuer has no credential of this description in this format.');
  const given = new Set(grant.identifiers.values());
  const allowed = described.filter(({ id, scope }) => grant.scopes.has(scope) || given.has(id));
  if (allowed.length > 1) throw invalidRequest('The description fits several credentials that the access token allows.');
  // One that is not allowed is refused by the flow, with the challenge of the token's scheme.
  return typeThen(allowed[0] ?? first, format);
}

/** Draft 13 §7.2.1: one proof; of its types we take `jwt`. */
function translateProof(proof: Json | undefined): JsonObject {
  if (proof === undefined) return {};
  if (!isJsonObject(proof) || proof.proof_type !== 'jwt' || typeof proof.jwt !== 'string')
    throw new Refusal(400, 'invalid_proof', 'The proof must have proof_type jwt and a jwt.');
  return { proofs: { jwt: [proof.jwt] } };
}

/** A draft-13 request in the words of 1.0. Throws `Refusal`s of draft 13 §7.3.1.2. */
export function translateRequest(asked: Asked & { readonly grant: Grant }): Asked {
  const { body, types } = asked;
  const { credential_identifier: identifier, format } = body;
  if ((identifier === undefined) === (format === undefined))
    throw invalidRequest('Exactly one of format and credential_identifier is needed.');
  if (format === undefined)
    return {
      body: { credential_identifier: identifier as Json, ...translateProof(body.proof) },
      types: types.map((type) => typeThen(type, nameThen(type))),
    };
  const type = findType(asked);
  return { body: { credential_configuration_id: type.id, ...translateProof(body.proof) }, types: [type] };
}
