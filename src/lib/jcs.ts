import { isJsonObject, type Json } from './json.ts';

/**
 * JSON Canonicalization Scheme (RFC 8785): members sorted by the UTF-16 units of their names, nothing between them; texts and
 * numbers as ECMAScript writes them, which is what JSON.stringify does. Texts must be well formed (§3.2.2.2).
 */
export function canonicalJson(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  const members = Object.keys(value)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${canonicalJson(value[name] as Json)}`);
  return `{${members.join(',')}}`;
}
