import type { DigestName } from '../../lib/bytes.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { ClaimFault } from '../format.ts';
import { findContext, pinnedUrls } from './contexts.ts';
import { isOrderAmbiguous, isPlainIri, type Quad, type Term } from './n-quads.ts';

type Packages = readonly [typeof import('jsonld'), typeof import('rdf-canonize')];

let loaded: Promise<Packages> | undefined;
/** Loaded when the first type needs them: they take 27 MB, and a third of a second. */
function load(): Promise<Packages> {
  loaded ??= Promise.all([import('jsonld').then((module) => module.default), import('rdf-canonize')]);
  return loaded;
}

/** What jsonld and rdf-canonize say of a document; never its values. */
function asFault(fault: unknown): ClaimFault {
  const { name, details } = fault as { readonly name?: string; readonly details?: { readonly code?: string; readonly event?: object } };
  const code = (details?.event as { readonly code?: string } | undefined)?.code ?? details?.code ?? name ?? 'unknown';
  return new ClaimFault(`JSON-LD cannot carry the claims: ${code}`);
}

const xsdDouble = 'http://www.w3.org/2001/XMLSchema#double';
const decimal = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

/** What safe mode lets pass: a node named like another of the same document, and a text that is read as a number as far as it is one. */
function checkExpanded(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  const { '@id': id, '@type': type, '@value': text } = value as Readonly<Record<string, unknown>>;
  if (typeof id === 'string' && id.startsWith('_:')) throw new ClaimFault('a value names a blank node');
  if (type === xsdDouble && typeof text === 'string' && !decimal.test(text)) throw new ClaimFault('a text where a number belongs');
  if (type !== '@json') for (const entry of Object.values(value)) checkExpanded(entry);
}

function checkTerm({ termType, value, datatype }: Term): void {
  if (termType === 'NamedNode' && !isPlainIri(value)) throw new ClaimFault('a value is no IRI where the context asks for one');
  if (datatype && !isPlainIri(datatype.value)) throw new ClaimFault('a datatype is no IRI');
}

/** JSON-LD of one credential type: its own contexts beside the pinned ones, in safe mode, with nothing fetched. */
export class JsonLd {
  readonly #own: ReadonlyMap<string, JsonObject>;

  readonly #options = { base: null, safe: true, documentLoader: (url: string) => this.#loadContext(url) } as const;

  constructor(own: ReadonlyMap<string, JsonObject>) {
    this.#own = own;
  }

  /** Every context there is for the type. */
  async contexts(): Promise<readonly JsonObject[]> {
    return [...this.#own.values(), ...(await Promise.all(pinnedUrls.map((url) => findContext(url) ?? {})))];
  }

  async #loadContext(url: string) {
    const own = this.#own.get(url);
    // Two types may use one address in two deployments of one process: only the pinned ones may be remembered by address.
    if (own) return { document: own, documentUrl: url };
    const document = await findContext(url);
    if (!document) throw new Error('a context that is not pinned');
    return { document, documentUrl: url, tag: 'static' };
  }

  /** The RDF of a document. Throws `ClaimFault` for what would be lost or could be read in two ways. */
  async dataset(document: JsonObject): Promise<readonly Quad[]> {
    return this.quads(await this.expand(document));
  }

  /** A document with its names in full. Throws `ClaimFault` for what would be lost. */
  async expand(document: JsonObject): Promise<readonly Json[]> {
    const [jsonld] = await load();
    const expanded = await jsonld.expand(document, this.#options).catch((fault: unknown) => Promise.reject(asFault(fault)));
    checkExpanded(expanded);
    return expanded;
  }

  /** The other way round: names by a context. */
  async compact(expanded: readonly Json[], context: Json): Promise<JsonObject> {
    const [jsonld] = await load();
    return jsonld.compact(structuredClone(expanded), context, this.#options).catch((fault: unknown) => Promise.reject(asFault(fault)));
  }

  /** The RDF of an expanded document. Throws `ClaimFault` for what could be read in two ways. */
  async quads(expanded: readonly Json[]): Promise<readonly Quad[]> {
    const [jsonld] = await load();
    const options = { ...this.#options, skipExpansion: true, rdfDirection: 'i18n-datatype', produceGeneralizedRdf: false } as const;
    // jsonld empties lists while it turns them into RDF.
    const quads = await jsonld.toRDF(structuredClone(expanded), options).catch((fault: unknown) => Promise.reject(asFault(fault)));
    for (const { subject, predicate, object, graph } of quads) for (const term of [subject, predicate, object, graph]) checkTerm(term);
    return quads;
  }

  /** RDFC-1.0 in full, with a bound on its work (standards DI-6). */
  async canonicalise(quads: readonly Quad[], messageDigestAlgorithm: DigestName = 'sha256'): Promise<string> {
    const [, { canonize }] = await load();
    const options = { algorithm: 'RDFC-1.0', messageDigestAlgorithm, maxWorkFactor: 2 } as const;
    const canonical = await canonize(quads, options).catch((fault: unknown) => Promise.reject(asFault(fault)));
    if (isOrderAmbiguous(canonical)) throw new ClaimFault('two values whose order verifiers do not agree on');
    const lines = canonical.split('\n');
    if (lines.some((line, index) => line === lines[index + 1])) throw new ClaimFault('one value is written in two ways');
    return canonical;
  }

  /** What RDFC-1.0 calls each blank node, by what it is called in the quads: `c14n0` and so on. */
  async canonicalLabels(quads: readonly Quad[]): Promise<ReadonlyMap<string, string>> {
    const [, { canonize }] = await load();
    const canonicalIdMap = new Map<string, string>();
    const options = { algorithm: 'RDFC-1.0', canonicalIdMap, maxWorkFactor: 2 } as const;
    await canonize(quads, options).catch((fault: unknown) => Promise.reject(asFault(fault)));
    return canonicalIdMap;
  }

  /** The plain path: the oracle of the compiled one, and what takes over where that cannot (design D5). */
  async canonical(document: JsonObject, digest: DigestName = 'sha256'): Promise<string> {
    return this.canonicalise(await this.dataset(document), digest);
  }
}
