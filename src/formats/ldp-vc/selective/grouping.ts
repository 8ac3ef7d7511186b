import { createHmac } from 'node:crypto';
import { base64url, randomHandle } from '../../../lib/bytes.ts';
import type { Json, JsonObject } from '../../../lib/json.ts';
import { ClaimFault } from '../../format.ts';
import type { JsonLd } from '../json-ld.ts';
import { isOrderAmbiguous, type Quad, type Term, writeQuad } from '../n-quads.ts';
import { selectJson } from './pointers.ts';

/** What a blank node is called at the end, by what it is called in the RDF at hand. */
export type Labels = ReadonlyMap<string, string>;

/** Makes the labels from the canonical ones (`c14n0` …). */
export type Relabel = (canonical: string) => string;

/** Data Integrity ECDSA §3.4.4: a label tells nothing of the other statements. */
export function hmacLabels(key: Uint8Array): Relabel {
  return (canonical) => `u${base64url(createHmac('sha256', key).update(canonical).digest())}`;
}

function labelled(quads: readonly Quad[], labels: Labels): readonly string[] {
  const name = (term: Term): Term => (term.termType === 'BlankNode' ? { ...term, value: labels.get(term.value) ?? '' } : term);
  const lines = quads.map(({ subject, predicate, object, graph }) =>
    writeQuad({ subject: name(subject), predicate, object: name(object), graph: name(graph) }),
  );
  return [...new Set(lines)].sort();
}

/** §3.4.1: canonical N-Quads whose blank nodes have other labels, one line each, in order. */
export async function canonicalLines(
  jsonLd: JsonLd,
  quads: readonly Quad[],
  relabel: Relabel,
): Promise<{ readonly lines: readonly string[]; readonly labels: Labels }> {
  const canonical = await jsonLd.canonicalLabels(quads);
  const labels = new Map([...canonical].map(([label, name]) => [label, relabel(name)]));
  const lines = labelled(quads, labels);
  if (isOrderAmbiguous(lines.join(''))) throw new ClaimFault('two values whose order verifiers do not agree on');
  return { lines, labels };
}

/** What pointers lead to. */
export interface Selection {
  /** Places among the lines of the whole. */
  readonly indexes: ReadonlySet<number>;
  readonly quads: readonly Quad[];
}

/** A credential as lines that can be shown one by one. */
export interface Grouping {
  readonly lines: readonly string[];
  readonly labels: Labels;
  select(pointers: readonly string[]): Promise<Selection>;
}

/** §3.4.7: every node without a name gets one of ours, so that a part of the document can be told in the whole. */
function skolemise(expanded: readonly Json[], prefix: string): readonly Json[] {
  let count = 0;
  const walk = (value: Json): Json => {
    if (Array.isArray(value)) return (value as readonly Json[]).map(walk);
    if (typeof value !== 'object' || value === null || Object.hasOwn(value, '@value')) return value;
    const node = value as JsonObject;
    const isNode = !Object.hasOwn(node, '@list') && !Object.hasOwn(node, '@set');
    const id = isNode && !Object.hasOwn(node, '@id') ? { '@id': `${prefix}${count++}` } : {};
    return { ...Object.fromEntries(Object.entries(node).map(([name, entry]) => [name, walk(entry)])), ...id };
  };
  return expanded.map(walk);
}

/** §3.4.6, on terms instead of texts. */
function deskolemise(quads: readonly Quad[], prefix: string): readonly Quad[] {
  const name = (term: Term): Term =>
    term.termType === 'NamedNode' && term.value.startsWith(prefix)
      ? { termType: 'BlankNode', value: `b${term.value.slice(prefix.length)}` }
      : term;
  return quads.map(({ subject, predicate, object, graph }) => ({
    subject: name(subject),
    predicate,
    object: name(object),
    graph: name(graph),
  }));
}

/** §3.4.16, with the choice of the parts left for later. Throws `ClaimFault`. */
export async function groupStatements(jsonLd: JsonLd, document: JsonObject, relabel: Relabel): Promise<Grouping> {
  // Not to be guessed, so that no value of the document is taken for one of these names.
  const prefix = `urn:bnid:${randomHandle()}:`;
  const expanded = skolemise(await jsonLd.expand(document), prefix);
  const compact = await jsonLd.compact(expanded, document['@context'] as Json);
  const { lines, labels } = await canonicalLines(jsonLd, deskolemise(await jsonLd.quads(expanded), prefix), relabel);
  const places = new Map(lines.map((line, index) => [line, index]));
  return {
    lines,
    labels,
    async select(pointers) {
      const selected = selectJson(compact, pointers);
      const quads = selected ? deskolemise(await jsonLd.dataset(selected), prefix) : [];
      const indexes = labelled(quads, labels).map((line) => places.get(line));
      if (indexes.some((index) => index === undefined)) throw new ClaimFault('a part that means something else than it does in the whole');
      return { quads, indexes: new Set(indexes as readonly number[]) };
    },
  };
}
