import type { Json } from './json.ts';

/** The text is not JSON as we take it from strangers; the message never quotes the text. */
export class JsonFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'JsonFault';
  }
}

export interface JsonLimits {
  /** Nesting of objects and arrays; default 32. */
  readonly maximumDepth?: number;
}

/**
 * Reads over a text before it is parsed, so that a hostile one costs no stack: bounds its depth and counts the members it
 * names, which in JSON are the colons outside strings.
 */
function surveyMembers(text: string, maximumDepth: number): number {
  let depth = 0;
  let members = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x3a) members += 1;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > maximumDepth) throw new JsonFault('nested too deeply');
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
  return members;
}

function countMembers(value: Json): number {
  if (typeof value !== 'object' || value === null) return 0;
  const entries: readonly Json[] = Array.isArray(value) ? value : Object.values(value);
  let members = Array.isArray(value) ? 0 : entries.length;
  for (const entry of entries) members += countMembers(entry);
  return members;
}

/** An escape can write half of a surrogate pair into a text that is itself well formed. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, entry]) => name.isWellFormed() && isWellFormed(entry as Json));
}

/** Parses JSON from outside: duplicate members, deep nesting and lone surrogates are refused. Throws `JsonFault`. */
export function parseStrictJson(text: string, { maximumDepth = 32 }: JsonLimits = {}): Json {
  const named = surveyMembers(text, maximumDepth);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new JsonFault('not JSON');
  }
  // JSON.parse keeps the last of two members of one name; which of them counts differs between readers (quality Q22).
  if (countMembers(value) !== named) throw new JsonFault('a member is named twice');
  if (!text.isWellFormed() || (text.includes('\\u') && !isWellFormed(value))) throw new JsonFault('a character is half of a pair');
  return value;
}
