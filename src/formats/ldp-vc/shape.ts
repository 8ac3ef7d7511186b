import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ClaimFault } from '../format.ts';

/** A document seen as a form: everything of it but the texts and numbers, and these in the order they stand. */
export interface Survey {
  /** Two documents of one shape become RDF of one form (performance C-01). */
  readonly shape: string;
  readonly slots: readonly (string | number)[];
}

/**
 * A name that a context gives no meaning of its own: keywords change what is around them, compact IRIs name anything, and
 * `__proto__` gets lost in libraries that copy objects.
 */
export const isReservedName = (name: string): boolean => name.startsWith('@') || name.includes(':') || name === '__proto__';

function checkName(name: string): void {
  if (isReservedName(name)) throw new ClaimFault('a value has a member named like a keyword or an IRI');
}

function checkNumber(value: number): void {
  // jsonld writes 1e-7 as 0 and 1e21 as a double; readers of JSON disagree on integers beyond 2^53.
  if (!Number.isSafeInteger(value) && !String(value).includes('.')) throw new ClaimFault('a number that verifiers read differently');
}

function survey(value: Json, slots: (string | number)[]): string {
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new ClaimFault('a text with half of a character');
    slots.push(value);
    return 's';
  }
  if (typeof value === 'number') {
    checkNumber(value);
    slots.push(value);
    return Number.isSafeInteger(value) ? 'i' : 'd';
  }
  if (typeof value === 'boolean') return value ? 't' : 'f';
  if (value === null) throw new ClaimFault('null stands for nothing in JSON-LD');
  let shape = '';
  if (Array.isArray(value)) {
    for (const entry of value as readonly Json[]) shape += survey(entry, slots);
    return `[${shape}]`;
  }
  for (const name of Object.keys(value)) shape += surveyMember(name, (value as JsonObject)[name] as Json, slots);
  return `{${shape}}`;
}

function surveyMember(name: string, value: Json, slots: (string | number)[]): string {
  checkName(name);
  // What a type means, and what the names beside it mean then, is in its name.
  return `${name.length}:${name}${name === 'type' ? JSON.stringify(value) : survey(value, slots)}`;
}

/** Surveys a credential; its contexts are not part of it. Throws `ClaimFault` for what no verifier could read in one way. */
export function surveyDocument({ '@context': _, ...members }: JsonObject): Survey {
  const slots: (string | number)[] = [];
  return { shape: survey(members, slots), slots };
}

/** The same document with another value in every slot; walks as `surveyDocument` does. */
export function withSlots(document: JsonObject, replace: (value: string | number, slot: number) => Json): JsonObject {
  let count = 0;
  const walk = (value: Json): Json => {
    if (typeof value === 'string' || typeof value === 'number') {
      count += 1;
      return replace(value, count - 1);
    }
    if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
    return isJsonObject(value) ? Object.fromEntries(Object.entries(value).map(([name, entry]) => member(name, entry))) : value;
  };
  const member = (name: string, entry: Json): [string, Json] => [name, name === 'type' || name === '@context' ? entry : walk(entry)];
  return Object.fromEntries(Object.entries(document).map(([name, entry]) => member(name, entry)));
}

function holdsNull(value: Json): boolean {
  if (typeof value !== 'object') return false;
  if (value === null) return true;
  for (const name of Object.keys(value)) if (holdsNull((value as JsonObject)[name] as Json)) return true;
  return false;
}

/** Without members and elements that are null: no signature over RDF would cover them. */
export function withoutNull(value: JsonObject): JsonObject {
  if (!holdsNull(value)) return value;
  const strip = (entry: Json): Json => {
    if (Array.isArray(entry)) return (entry as readonly Json[]).filter((item) => item !== null).map(strip);
    return isJsonObject(entry)
      ? Object.fromEntries(
          Object.entries(entry)
            .filter(([, member]) => member !== null)
            .map(([name, member]) => [name, strip(member)]),
        )
      : entry;
  };
  return strip(value) as JsonObject;
}
