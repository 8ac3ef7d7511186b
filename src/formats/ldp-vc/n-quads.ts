/** A term of RDF as RDF/JS writes it. */
export interface Term {
  readonly termType: 'NamedNode' | 'BlankNode' | 'Literal' | 'DefaultGraph';
  readonly value: string;
  readonly datatype?: { readonly value: string };
  readonly language?: string;
}

export interface Quad {
  readonly subject: Term;
  readonly predicate: Term;
  readonly object: Term;
  readonly graph: Term;
}

export const xsdString = 'http://www.w3.org/2001/XMLSchema#string';

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters that N-Quads escapes
const escaped = /[\u0000-\u001f\u007f"\\]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: the same
const everyEscaped = /[\u0000-\u001f\u007f"\\]/g;
const named: Readonly<Record<string, string>> = {
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\f': '\\f',
  '\r': '\\r',
  '"': '\\"',
  '\\': '\\\\',
};
const escapeOne = (character: string) => named[character] ?? `\\u${character.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0')}`;

/** A literal's text in the canonical form of N-Quads (RDFC-1.0 §5). */
export function escapeLiteral(text: string): string {
  return escaped.test(text) ? text.replace(everyEscaped, escapeOne) : text;
}

function writeTerm({ termType, value, datatype, language }: Term): string {
  if (termType === 'BlankNode') return `_:${value}`;
  if (termType !== 'Literal') return `<${value}>`;
  const tail = language === undefined ? (datatype && datatype.value !== xsdString ? `^^<${datatype.value}>` : '') : `@${language}`;
  return `"${escapeLiteral(value)}"${tail}`;
}

/** One statement in the canonical form of N-Quads (RDFC-1.0 §5), with the end of its line. */
export function writeQuad({ subject, predicate, object, graph }: Quad): string {
  const named = graph.termType === 'DefaultGraph' ? '' : ` ${writeTerm(graph)}`;
  return `${writeTerm(subject)} ${writeTerm(predicate)} ${writeTerm(object)}${named} .\n`;
}

/** An absolute IRI with no character that N-Quads would have to escape: verifiers agree on the bytes of these and of no others. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: an IRI has none
const iri = /^[A-Za-z][A-Za-z0-9+.-]*:[^\u0000-\u0020<>"{}|\\^`\u007f]*$/;
export const isPlainIri = (text: string): boolean => iri.test(text);

/** A double in its canonical form (JSON-LD API §8.6: `toExponential(15)`, zeros cut). */
export const canonicalDouble = (value: number): string => value.toExponential(15).replace(/(\d)0*e\+?/, '$1E');

const astral = /[\ud800-\udbff]/;
const aboveSurrogates = /[\ue000-\uffff]/;

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
    const difference = (left[index]?.codePointAt(0) ?? 0) - (right[index]?.codePointAt(0) ?? 0);
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}

/**
 * RDFC-1.0 §4.4.3 sorts by code points; rdf-canonize, and every verifier on it, by UTF-16 units. They differ only for two values of
 * one property where a character beyond U+FFFF meets one from U+E000 on: a credential that would be valid to half of the verifiers.
 */
export function isOrderAmbiguous(canonical: string): boolean {
  if (!astral.test(canonical) || !aboveSurrogates.test(canonical)) return false;
  const lines = canonical.split('\n').slice(0, -1);
  const sorted = lines.toSorted(byCodePoint);
  return lines.some((line, index) => line !== sorted[index]);
}
