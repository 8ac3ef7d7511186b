import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ProfileFault } from '../format.ts';
import { contextUrls } from './contexts.ts';
import { isPlainIri } from './n-quads.ts';
import { readOwnContext } from './own-context.ts';
import { malformed } from './problems.ts';
import type { DataModel } from './suites.ts';

const listOf = (value: Json | undefined): readonly Json[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly Json[]) : [value];

/** VCDM 2.0 §4.4: a single URL. */
function checkUrl(value: Json | undefined, place: string): void {
  if (typeof value !== 'string' || !isPlainIri(value)) throw malformed(place, 'is no single URL');
}

/** §4.3: an ordered set that begins with the context of the data model. Objects in it may define terms and nothing else. */
function readDataModel(context: Json | undefined): DataModel {
  const [first, ...others] = Array.isArray(context) ? (context as readonly Json[]) : [];
  const found = (
    [
      ['2.0', contextUrls.credentials2],
      ['1.1', contextUrls.credentials1],
    ] as const
  ).find(([, url]) => url === first);
  if (!found) throw malformed('@context', 'does not begin with the context of a data model');
  for (const [index, entry] of others.entries()) {
    const place = `@context/${index + 1}`;
    if (typeof entry === 'string') checkUrl(entry, place);
    else
      try {
        readOwnContext(entry, '');
      } catch (fault) {
        throw fault instanceof ProfileFault
          ? malformed(`${place}${fault.pointer}`, 'is no context that may stand inside a document')
          : fault;
      }
  }
  return found[0];
}

/** §4.5; whether a term means anything, the contexts tell. */
function checkTypes(type: Json | undefined, required: string | undefined, place: string): void {
  const types = listOf(type);
  if (types.length === 0 || !types.every((entry) => typeof entry === 'string' && entry !== ''))
    throw malformed(place, 'must name at least one type');
  if (required !== undefined && !types.includes(required)) throw malformed(place, `does not include ${required}`);
}

/** §4.9: a dateTimeStamp, so with its zone. */
export function readTime(value: Json | undefined, place: string): Date | undefined {
  if (value === undefined) return undefined;
  const text = typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/.test(value) ? value : '';
  const time = new Date(text);
  if (Number.isNaN(time.getTime())) throw malformed(place, 'is no time with a zone');
  return time;
}

/** §4.5: these say what they are; a schema is named as well (§4.11). */
const typed = ['credentialStatus', 'credentialSchema', 'refreshService', 'termsOfUse', 'evidence'];

function checkTyped(document: JsonObject): void {
  for (const name of typed)
    for (const [index, entry] of listOf(document[name]).entries()) {
      const place = `${name}/${index}`;
      if (!isJsonObject(entry)) throw malformed(place, 'is no object');
      checkTypes(entry.type, undefined, `${place}/type`);
      if (entry.id !== undefined || name === 'credentialSchema') checkUrl(entry.id, `${place}/id`);
    }
}

/** §4.6, §11.1: a text, or texts that tell their language. */
function checkTexts(document: JsonObject, place: string): void {
  for (const name of ['name', 'description'])
    for (const entry of listOf(document[name])) {
      const {
        '@value': text,
        '@language': language = '',
        '@direction': direction = 'ltr',
        ...unknown
      } = isJsonObject(entry) ? entry : { '@value': entry };
      if (
        typeof text !== 'string' ||
        typeof language !== 'string' ||
        !['ltr', 'rtl'].includes(String(direction)) ||
        Object.keys(unknown).length > 0
      )
        throw malformed(`${place}${name}`, 'is neither a text nor a text with its language');
    }
}

/** §5.3: a digest of each resource, each named once. */
function checkRelated({ relatedResource }: JsonObject): void {
  const seen = new Set<Json | undefined>();
  for (const [index, entry] of listOf(relatedResource).entries()) {
    const place = `relatedResource/${index}`;
    if (!isJsonObject(entry)) throw malformed(place, 'is no object');
    checkUrl(entry.id, `${place}/id`);
    if (seen.has(entry.id)) throw malformed(`${place}/id`, 'stands there already');
    if (typeof entry.digestSRI !== 'string' && typeof entry.digestMultibase !== 'string') throw malformed(place, 'has no digest');
    seen.add(entry.id);
  }
}

/** What JSON-LD would lose without a word, or two readers would read in two ways. */
export function checkValues(value: Json, place = ''): void {
  if (value === null) throw malformed(place || 'the document', 'is null, which stands for nothing in JSON-LD');
  if (typeof value === 'string' && !value.isWellFormed()) throw malformed(place, 'holds half of a character');
  if (typeof value === 'number' && !Number.isSafeInteger(value) && !String(value).includes('.'))
    throw malformed(place, 'is a number that verifiers read differently');
  if (typeof value === 'object')
    for (const [name, entry] of Object.entries(value)) {
      if (name === '__proto__') throw malformed(place, 'has a member with a reserved name');
      checkValues(entry as Json, place === '' ? name : `${place}/${name}`);
    }
}

function checkSubjects(subjects: Json | undefined): void {
  const list = listOf(subjects);
  if (list.length === 0) throw malformed('credentialSubject', 'is missing');
  for (const [index, subject] of list.entries()) {
    const place = `credentialSubject/${index}`;
    if (!isJsonObject(subject) || Object.keys(subject).length === 0) throw malformed(place, 'says nothing of anybody');
    if (subject.id !== undefined) checkUrl(subject.id, `${place}/id`);
    checkTexts(subject, `${place}/`);
  }
}

/** The URL of an issuer or holder: by itself, or in an object that says more of them (§4.7). */
export function readParty(value: Json | undefined, place: string): string {
  const id = isJsonObject(value) ? value.id : value;
  checkUrl(id, place);
  return id as string;
}

export interface Period {
  readonly from?: Date | undefined;
  readonly until?: Date | undefined;
}

/** VCDM 2.0 §4, VCDM 1.1 §4: everything of a credential but its proof (standards LD-1 to LD-4). Throws `DocumentFault`. */
export function readCredential(document: JsonObject): { readonly dataModel: DataModel; readonly issuer: string; readonly period: Period } {
  checkValues(document);
  const dataModel = readDataModel(document['@context']);
  if (document.id !== undefined) checkUrl(document.id, 'id');
  checkTypes(document.type, 'VerifiableCredential', 'type');
  const issuer = readParty(document.issuer, 'issuer');
  checkTexts(document, '');
  if (isJsonObject(document.issuer)) checkTexts(document.issuer, 'issuer/');
  checkSubjects(document.credentialSubject);
  checkTyped(document);
  checkRelated(document);
  const [begin, end] = dataModel === '2.0' ? ['validFrom', 'validUntil'] : ['issuanceDate', 'expirationDate'];
  const [from, until] = [readTime(document[begin as string], begin as string), readTime(document[end as string], end as string)];
  if (dataModel === '1.1' && !from) throw malformed('issuanceDate', 'is missing');
  if (from && until && from > until) throw malformed(end as string, `is before ${begin}`);
  return { dataModel, issuer, period: { from, until } };
}

/** VCDM 2.0 §4.13: everything of a presentation but its proof. Throws `DocumentFault`. */
export function readPresentation(document: JsonObject): {
  readonly holder: string | undefined;
  readonly credentials: readonly JsonObject[];
} {
  checkValues(document);
  readDataModel(document['@context']);
  if (document.id !== undefined) checkUrl(document.id, 'id');
  checkTypes(document.type, 'VerifiablePresentation', 'type');
  const holder = document.holder === undefined ? undefined : readParty(document.holder, 'holder');
  const credentials = listOf(document.verifiableCredential);
  for (const [index, entry] of credentials.entries())
    if (!isJsonObject(entry)) throw malformed(`verifiableCredential/${index}`, 'is no object with a proof of its own');
  return { holder, credentials: credentials as readonly JsonObject[] };
}
