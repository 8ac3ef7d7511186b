import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ProfileFault } from '../format.ts';
import { isPlainIri } from './n-quads.ts';

const contextKeywords: ReadonlySet<string> = new Set(['@version', '@protected']);
const termKeywords: ReadonlySet<string> = new Set(['@id', '@type', '@container', '@context', '@language', '@protected', '@prefix']);
const containers: ReadonlySet<Json> = new Set<Json>(['@set', '@list', '@language']);
const aliases: Readonly<Record<string, string>> = { id: '@id', type: '@type' };

function checkId(id: Json | undefined, name: string, pointer: string): void {
  if (id === undefined) return;
  if (typeof id !== 'string') throw new ProfileFault(pointer, 'must be a text');
  if (id.startsWith('@') ? aliases[name] !== id : !isPlainIri(id))
    throw new ProfileFault(pointer, 'must be an absolute IRI, or the keyword of its own name');
}

function checkDefinition(name: string, definition: Json, pointer: string): void {
  if (name.startsWith('@') || name.includes(':') || name === '') throw new ProfileFault(pointer, 'is no name a claim can have');
  if (!isJsonObject(definition)) {
    if (typeof definition !== 'string') throw new ProfileFault(pointer, 'must be an IRI or an object');
    checkId(definition, name, pointer);
    return;
  }
  for (const keyword of Object.keys(definition))
    if (!termKeywords.has(keyword)) throw new ProfileFault(`${pointer}/${keyword}`, 'is not used here');
  checkId(definition['@id'], name, `${pointer}/@id`);
  const { '@container': container, '@context': scoped } = definition;
  for (const entry of Array.isArray(container) ? container : [container])
    if (entry !== undefined && !containers.has(entry))
      throw new ProfileFault(`${pointer}/@container`, `is none of ${[...containers].join(', ')}`);
  if (scoped !== undefined) checkContext(scoped, `${pointer}/@context`);
}

function checkContext(context: Json, pointer: string): void {
  if (!isJsonObject(context)) throw new ProfileFault(pointer, 'must be an object');
  for (const [name, definition] of Object.entries(context)) {
    if (!contextKeywords.has(name)) checkDefinition(name, definition, `${pointer}/${name}`);
    else if (name === '@version' && definition !== 1.1) throw new ProfileFault(`${pointer}/@version`, 'must be 1.1');
  }
}

/**
 * Reads a context of the operator's own. It may define terms and nothing else: no `@vocab`, which would give every misspelt name a
 * meaning; nothing that is fetched; no second name for a keyword. Throws `ProfileFault`.
 */
export function readOwnContext(raw: Json | undefined, pointer: string): JsonObject {
  if (!isJsonObject(raw)) throw new ProfileFault(pointer, 'must be an object');
  checkContext(raw, pointer);
  return { '@context': raw };
}
