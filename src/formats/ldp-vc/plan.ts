import { type DigestName, digest } from '../../lib/bytes.ts';
import { isJsonObject, type JsonObject } from '../../lib/json.ts';
import { canonicalDouble, escapeLiteral, isOrderAmbiguous, isPlainIri, type Quad, type Term, xsdString } from './n-quads.ts';
import { withSlots } from './shape.ts';

type Slots = readonly (string | number)[];

/** Canonical N-Quads of a document of one shape; `undefined` where only RDFC-1.0 in full can tell (performance C-06 to C-09). */
export type Plan = (slots: Slots) => string | undefined;

/** How a value stands in RDF. */
type Form = 'literal' | 'iri' | 'integer' | 'double';

/** One side of a triple: always the same text, the value of a slot, or a blank node by its number. */
type Part =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'slot'; readonly slot: number; readonly form: Form; readonly tail: string }
  | { readonly kind: 'blank'; readonly blank: number };

interface Triple {
  readonly subject: Part;
  /** With the spaces around it. */
  readonly predicate: string;
  readonly object: Part;
}

// Absolute IRIs, so that they stay what they are wherever a text may stand (C-01).
const textMark = (slot: number) => `urn:chancery:slot:${slot}:`;
const integerMark = (slot: number) => 7_301_000_000_000 + slot;
const doubleMark = (slot: number) => 730_100_000 + slot + 0.5;
const anyMark = /urn:chancery:slot:\d+:/;

/** The document with a mark in every slot: what becomes of the mark tells what becomes of any value. */
export function markSlots(document: JsonObject): JsonObject {
  return withSlots(document, (value, slot) =>
    typeof value === 'string' ? textMark(slot) : Number.isSafeInteger(value) ? integerMark(slot) : doubleMark(slot),
  );
}

/** Every lexical form in which a mark may come out. */
function formsOf(slots: Slots): ReadonlyMap<string, { readonly slot: number; readonly form: 'integer' | 'double' }> {
  const forms = new Map<string, { readonly slot: number; readonly form: 'integer' | 'double' }>();
  for (const [slot, value] of slots.entries()) {
    if (typeof value === 'string') continue;
    const mark = Number.isSafeInteger(value) ? integerMark(slot) : doubleMark(slot);
    forms.set(canonicalDouble(mark), { slot, form: 'double' });
    if (Number.isSafeInteger(value)) forms.set(mark.toFixed(0), { slot, form: 'integer' });
  }
  return forms;
}

/** Whether a value of the document stands nowhere in its RDF, so that no signature would cover it. */
export function losesSlots(quads: readonly Quad[], slots: Slots): boolean {
  const forms = [...formsOf(slots)];
  const text = JSON.stringify(quads);
  return slots.some((value, slot) =>
    typeof value === 'string' ? !text.includes(textMark(slot)) : !forms.some(([form, entry]) => entry.slot === slot && text.includes(form)),
  );
}

class Cutter {
  readonly blanks = new Map<string, number>();
  readonly used = new Set<number>();
  readonly #numbers;

  constructor(slots: Slots) {
    this.#numbers = formsOf(slots);
  }

  /** `undefined`: a mark that changed on its way, so that a value would too. */
  part({ termType, value, datatype, language }: Term): Part | undefined {
    if (termType === 'BlankNode') {
      const blank = this.blanks.get(value) ?? this.blanks.size;
      this.blanks.set(value, blank);
      return { kind: 'blank', blank };
    }
    const slot = /^urn:chancery:slot:(\d+):$/.exec(value)?.[1];
    if (termType === 'NamedNode') return this.#piece(slot, 'iri', { value, open: '<', tail: '>' });
    if (language !== undefined) return this.#piece(slot, 'literal', { value, open: '"', tail: `"@${language}` });
    const tail = datatype && datatype.value !== xsdString ? `"^^<${datatype.value}>` : '"';
    const number = this.#numbers.get(value);
    if (number) return this.#piece(String(number.slot), number.form, { value, open: '"', tail });
    return this.#piece(slot, 'literal', { value, open: '"', tail });
  }

  #piece(slot: string | undefined, form: Form, { value, open, tail }: Record<'value' | 'open' | 'tail', string>): Part | undefined {
    if (slot !== undefined) {
      this.used.add(Number(slot));
      return { kind: 'slot', slot: Number(slot), form, tail };
    }
    if (anyMark.test(value)) return undefined;
    return { kind: 'text', text: `${open}${form === 'iri' ? value : escapeLiteral(value)}${tail}` };
  }
}

/** Cuts the RDF of a marked document; `undefined` when it is no template for other values (C-02). */
function cut(quads: readonly Quad[], slots: Slots): { readonly triples: readonly Triple[]; readonly blanks: number } | undefined {
  const cutter = new Cutter(slots);
  const triples: Triple[] = [];
  for (const { subject, predicate, object, graph } of quads) {
    const [from, to] = [cutter.part(subject), cutter.part(object)];
    if (!from || !to || graph.termType !== 'DefaultGraph' || predicate.termType !== 'NamedNode' || anyMark.test(predicate.value))
      return undefined;
    triples.push({ subject: from, predicate: ` <${predicate.value}> `, object: to });
  }
  return cutter.used.size === slots.length ? { triples, blanks: cutter.blanks.size } : undefined;
}

/** The names that could be taken for the scheme of a value (C-07): every name of every context, at any depth. */
export function termsOf(contexts: readonly JsonObject[]): ReadonlySet<string> {
  const names = new Set<string>();
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) for (const entry of value) walk(entry);
    if (!isJsonObject(value)) return;
    for (const [name, entry] of Object.entries(value)) {
      names.add(name);
      walk(entry);
    }
  };
  walk(contexts);
  return names;
}

function isFixedIri(value: string, terms: ReadonlySet<string>): boolean {
  return isPlainIri(value) && !terms.has(value.slice(0, value.indexOf(':')));
}

const write: Readonly<Record<Form, (value: string | number, terms: ReadonlySet<string>) => string | undefined>> = {
  literal: (value) => `"${escapeLiteral(value as string)}`,
  iri: (value, terms) => (isFixedIri(value as string, terms) ? `<${value}` : undefined),
  integer: (value) => `"${(value as number).toFixed(0)}`,
  double: (value) => `"${canonicalDouble(value as number)}`,
};

/** A triple whose sides are places in the list of texts; blank nodes stand behind all others. */
type Line = readonly [subject: number, predicate: string, object: number];

/** Where the blank nodes begin, and by which digest they are told apart. */
interface Blanks {
  readonly first: number;
  readonly name: DigestName;
}

/** RDFC-1.0 §4.6, for a node of which everything else is known: `_:a` is the node itself, `_:z` any other. */
function firstDegreeHash(lines: readonly Line[], texts: readonly string[], node: number, { first, name }: Blanks): string {
  const label = (place: number) => (place === node ? '_:a' : place >= first ? '_:z' : (texts[place] as string));
  const quads = lines.map(([subject, predicate, object]) => `${label(subject)}${predicate}${label(object)} .\n`);
  return Buffer.from(digest(name, quads.sort().join(''))).toString('hex');
}

/** Puts canonical labels where the blank nodes stand (C-03 to C-06); false when their order is not told by themselves alone. */
function labelBlanks(texts: string[], blanks: Blanks, linesOf: readonly (readonly Line[])[]): boolean {
  if (linesOf.length < 2) {
    texts.push(...linesOf.map(() => '_:c14n0'));
    return true;
  }
  const hashes = linesOf.map((lines, blank) => firstDegreeHash(lines, texts, blanks.first + blank, blanks));
  const order = hashes.toSorted();
  if (order.some((hash, index) => hash === order[index + 1])) return false;
  for (const hash of hashes) texts.push(`_:c14n${order.indexOf(hash)}`);
  return true;
}

/** What a plan has to know besides the shape: the names of its contexts, and the digest of its suite. */
export interface Known {
  readonly terms: ReadonlySet<string>;
  readonly digest: DigestName;
}

/** Makes the plan of a shape from the RDF of its marked document; `undefined` when there can be none. */
export function makePlan(quads: readonly Quad[], marked: Slots, { terms, digest: name }: Known): Plan | undefined {
  const template = cut(quads, marked);
  if (!template) return undefined;
  const parts: Exclude<Part, { kind: 'blank' }>[] = [];
  const places = new Map<string, number>();
  const placeOf = (part: Part): number => {
    if (part.kind === 'blank') return -1 - part.blank;
    const key = JSON.stringify(part);
    const place = places.get(key) ?? parts.push(part) - 1;
    places.set(key, place);
    return place;
  };
  const drafts = template.triples.map(({ subject, predicate, object }) => [placeOf(subject), predicate, placeOf(object)] as const);
  const first = parts.length;
  const blanks = { first, name };
  const settle = (place: number) => (place < 0 ? first - 1 - place : place);
  const lines: readonly Line[] = drafts.map(([subject, predicate, object]) => [settle(subject), predicate, settle(object)]);
  const linesOf = Array.from({ length: template.blanks }, (_, blank) =>
    lines.filter(([subject, , object]) => subject === first + blank || object === first + blank),
  );
  return (slots) => {
    const texts: string[] = [];
    for (const part of parts) {
      const text = part.kind === 'text' ? part.text : write[part.form](slots[part.slot] as string | number, terms);
      if (text === undefined) return undefined;
      texts.push(part.kind === 'text' ? text : text + part.tail);
    }
    if (!labelBlanks(texts, blanks, linesOf)) return undefined;
    const written = lines.map(([subject, predicate, object]) => `${texts[subject]}${predicate}${texts[object]} .\n`).sort();
    // Equal lines may be one value twice, or two values that only RDF takes for one: not for a template to tell (C-09).
    for (let index = 1; index < written.length; index += 1) if (written[index] === written[index - 1]) return undefined;
    const canonical = written.join('');
    return isOrderAmbiguous(canonical) ? undefined : canonical;
  };
}
