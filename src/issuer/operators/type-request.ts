import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { IssuerConfig } from '../../config-schema.ts';
import type { ProfileFault } from '../../formats/format.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { JsonFault, parseStrictJson } from '../../lib/strict-json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { TypeFilter, TypeKey, TypeVersion } from '../../store/type-store.ts';
import { issuerOf } from './operator-request.ts';

const invalid = (description: string) => new Refusal(400, 'invalid_request', description);
const statesOfTypes = ['draft', 'published', 'retired'] as const;
const pageLength = 100;

/** A document may be large, for the tables in it. */
export const documentBytes = 512 * 1024;

/** Bodies as they were written: a member named twice is refused, not one of the two taken. */
export function readStrictBodies(scope: FastifyInstance): void {
  scope.removeContentTypeParser('application/json');
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => {
    try {
      done(null, text === '' ? undefined : parseStrictJson(String(text)));
    } catch (fault) {
      done(fault instanceof JsonFault ? invalid(`The body cannot be read: ${fault.message}.`) : (fault as Error));
    }
  });
}

/** The version that the address names. */
export function keyOf(request: FastifyRequest, issuers: readonly IssuerConfig[]): TypeKey {
  const { identifier: issuer } = issuerOf(request, issuers);
  const { id, version } = request.params as { readonly id: string; readonly version: string };
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(id)) throw invalid('The id of a type is made of letters, digits, dots, hyphens and underscores.');
  if (!/^[1-9]\d{0,8}$/.test(version)) throw invalid('The version of a type is a whole number from 1.');
  return { issuer, id, version: Number(version) };
}

export const etagOf = ({ revision }: TypeVersion): string => `"${revision}"`;

/** RFC 9110 §13.1.1, RFC 6585 §3: whoever changes a version says which state of it they have seen. */
export function revisionOf({ headers }: FastifyRequest): number {
  const header = headers['if-match'];
  if (header === undefined)
    throw new Refusal(428, 'precondition_required', 'If-Match is needed, with the ETag of the version as it was read.');
  const [, revision] = /^"(\d{1,9})"$/.exec(header) ?? [];
  if (revision === undefined) throw invalid('If-Match must be the one ETag that the version was read with.');
  return Number(revision);
}

/** For a new draft: nothing stands there yet, or nothing is saved. */
export function isCreation({ headers }: FastifyRequest): boolean {
  const header = headers['if-none-match'];
  if (header !== undefined && header !== '*') throw invalid('If-None-Match must be *: it is for a version that is not there yet.');
  return header === '*';
}

/** A type as it is sent; the state is no part of it, for it is changed by publishing and retiring alone. */
export function readDocument(body: unknown): JsonObject {
  if (!isJsonObject(body as Json)) throw invalid('The body must be a credential type: a JSON object.');
  const { state = 'draft', ...document } = body as JsonObject;
  if (state !== 'draft') throw invalid('The state of a type is changed by publishing and retiring it: leave it out.');
  return document;
}

/** The document of a draft under its own name: what it says of id and version must be what the address says. */
export function readDraft(body: unknown, key: Pick<TypeKey, 'id' | 'version'>): JsonObject {
  const { id = key.id, version = key.version, ...document } = readDocument(body);
  if (id !== key.id || version !== key.version) throw invalid('The document names another id or version than the address.');
  return { id, version, ...document };
}

export function readFilter(query: unknown): TypeFilter {
  const { id, state, format, after } = query as Readonly<Record<string, unknown>>;
  const found = statesOfTypes.find((known) => known === state);
  if (state !== undefined && !found) throw invalid(`state must be one of ${statesOfTypes.join(', ')}.`);
  const [, afterId, version] = /^([A-Za-z0-9_.-]{1,128})\/(\d{1,9})$/.exec(String(after)) ?? [];
  if (after !== undefined && !afterId) throw invalid('after is not what a page before gave as next.');
  return {
    limit: pageLength,
    ...(typeof id === 'string' ? { id } : {}),
    ...(found ? { state: found } : {}),
    ...(typeof format === 'string' ? { format } : {}),
    ...(afterId ? { after: { id: afterId, version: Number(version) } } : {}),
  };
}

/** What the next page begins after; `undefined` on the last one. */
export function nextOf(page: readonly TypeVersion[]): string | undefined {
  const last = page.at(-1);
  return last && page.length === pageLength ? `${last.id}/${last.version}` : undefined;
}

export const faultsOf = (faults: readonly ProfileFault[]) => faults.map(({ pointer, reason }) => ({ pointer, reason }));

/** An inconsistent type is not published; every fault has its place. */
export function faulty(faults: readonly ProfileFault[]): Refusal {
  const [first] = faults;
  return new Refusal(422, 'invalid_credential_type', `The type is not sound. ${first?.message ?? ''}`, {
    members: { faults: faultsOf(faults) },
  });
}
