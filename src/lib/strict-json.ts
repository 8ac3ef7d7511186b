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
 * Finds the two things JSON.parse lets pass: a member named twice in one object (which of them counts differs between
 * readers, quality Q22) and nesting deep enough to hurt. Works on text that JSON.parse has already accepted.
 */
class Scanner {
  readonly #text: string;
  readonly #maximumDepth: number;
  #position = 0;

  constructor(text: string, maximumDepth: number) {
    this.#text = text;
    this.#maximumDepth = maximumDepth;
  }

  scan(): void {
    const open: (Set<string> | undefined)[] = [];
    while (this.#position < this.#text.length) {
      const character = this.#text[this.#position];
      if (character === '"') this.#string(open.at(-1));
      else {
        if (character === '{') open.push(new Set());
        else if (character === '[') open.push(undefined);
        else if (character === '}' || character === ']') open.pop();
        if (open.length > this.#maximumDepth) throw new JsonFault('nested too deeply');
        this.#position += 1;
      }
    }
  }

  #string(members: Set<string> | undefined): void {
    const start = this.#position;
    this.#position += 1;
    while (this.#text[this.#position] !== '"') this.#position += this.#text[this.#position] === '\\' ? 2 : 1;
    this.#position += 1;
    if (!members) return;
    let next = this.#position;
    while (/\s/.test(this.#text[next] ?? '')) next += 1;
    if (this.#text[next] !== ':') return;
    const name = JSON.parse(this.#text.slice(start, this.#position)) as string;
    if (members.has(name)) throw new JsonFault('a member is named twice');
    members.add(name);
  }
}

/** Depth is bounded before parsing, so that a hostile text costs no stack. */
function boundDepth(text: string, maximumDepth: number): void {
  let depth = 0;
  let quoted = false;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (quoted) {
      if (code === 0x5c) index += 1;
      else if (code === 0x22) quoted = false;
    } else if (code === 0x22) quoted = true;
    else if (code === 0x7b || code === 0x5b) {
      depth += 1;
      if (depth > maximumDepth) throw new JsonFault('nested too deeply');
    } else if (code === 0x7d || code === 0x5d) depth -= 1;
  }
}

/** An escape can write half of a surrogate pair into a text that is itself well formed. */
function isWellFormed(value: Json): boolean {
  if (typeof value === 'string') return value.isWellFormed();
  if (typeof value !== 'object' || value === null) return true;
  return Object.entries(value).every(([name, entry]) => name.isWellFormed() && isWellFormed(entry as Json));
}

/** Parses JSON from outside: duplicate members, deep nesting and lone surrogates are refused. Throws `JsonFault`. */
export function parseStrictJson(text: string, { maximumDepth = 32 }: JsonLimits = {}): Json {
  boundDepth(text, maximumDepth);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new JsonFault('not JSON');
  }
  new Scanner(text, maximumDepth).scan();
  if (!text.isWellFormed() || (text.includes('\\u') && !isWellFormed(value))) throw new JsonFault('a character is half of a pair');
  return value;
}
