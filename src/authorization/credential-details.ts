import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { Refusal } from '../oauth/refusal.ts';

/** A detail of type openid_credential as a client may send it (OpenID4VCI 1.0 §5.1.1); unknown members never make it invalid. */
interface CredentialDetail {
  readonly configurationId: string;
  readonly locations: readonly string[] | undefined;
}

/** Unknown members may hold anything, but nothing so deep that writing it down again costs more stack than there is. */
const maximumDepth = 32;

function isNested(value: Json, depth: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return depth === 0 || Object.values(value).some((member: Json) => isNested(member, depth - 1));
}

export function readDetail(detail: Json | undefined): CredentialDetail | undefined {
  if (!isJsonObject(detail) || detail.type !== 'openid_credential' || isNested(detail, maximumDepth)) return undefined;
  const { credential_configuration_id: configurationId, locations } = detail;
  if (typeof configurationId !== 'string') return undefined;
  return { configurationId, locations: Array.isArray(locations) ? (locations as string[]) : undefined };
}

export function readDetails(text: unknown): readonly CredentialDetail[] {
  if (typeof text !== 'string') return [];
  try {
    const parsed = JSON.parse(text) as Json;
    return (Array.isArray(parsed) ? parsed : []).flatMap((detail: Json) => readDetail(detail) ?? []);
  } catch {
    return [];
  }
}

const invalidDetails = () =>
  new Refusal(400, 'invalid_authorization_details', 'authorization_details must be a list of details of type openid_credential.');

/** The parameter of a token request as it was sent (RFC 9396 §6.1), each detail one that can be read; `undefined` when it was left out. */
export function readAuthorizationDetails(text: string | undefined): readonly JsonObject[] | undefined {
  if (text === undefined) return undefined;
  try {
    const parsed = parseStrictJson(text);
    if (!Array.isArray(parsed) || parsed.length === 0) throw invalidDetails();
    return parsed.map((detail: Json) => {
      if (!readDetail(detail)) throw invalidDetails();
      return detail as JsonObject;
    });
  } catch (fault) {
    throw fault instanceof JsonFault ? invalidDetails() : fault;
  }
}

/**
 * OpenID4VCI 1.0 §6.2: the identifier of the one data set a person has for a configuration; the same at every token response.
 * A token is for one issuer: what was allowed at others is left out, because they may give a type of the same name.
 */
export function withIdentifiers(details: Json | undefined, audience: string | undefined): JsonObject[] {
  return (Array.isArray(details) ? details : []).filter(isJsonObject).flatMap((detail) => {
    const read = readDetail(detail);
    const isElsewhere = read?.locations !== undefined && !read.locations.includes(audience ?? '');
    return read && !isElsewhere ? [{ ...detail, credential_identifiers: [`${read.configurationId}.main`] }] : [];
  });
}
