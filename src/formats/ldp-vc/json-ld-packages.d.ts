// What we use of two packages that come without types.
declare module 'jsonld' {
  interface LoadedDocument {
    readonly contextUrl?: string;
    readonly document: unknown;
    readonly documentUrl: string;
    /** `static`: the document never changes, so what was made of it may be kept. */
    readonly tag?: string;
  }
  interface Options {
    readonly base: null;
    readonly safe: true;
    readonly skipExpansion?: boolean;
    readonly rdfDirection?: 'i18n-datatype';
    readonly produceGeneralizedRdf?: false;
    readonly documentLoader: (url: string) => Promise<LoadedDocument>;
  }
  const jsonld: {
    expand(document: object, options: Options): Promise<readonly import('../../lib/json.ts').Json[]>;
    compact(expanded: readonly unknown[], context: unknown, options: Options): Promise<import('../../lib/json.ts').JsonObject>;
    toRDF(document: object, options: Options): Promise<readonly import('./n-quads.ts').Quad[]>;
  };
  export = jsonld;
}

declare module 'rdf-canonize' {
  export function canonize(
    dataset: readonly import('./n-quads.ts').Quad[],
    options: {
      readonly algorithm: 'RDFC-1.0';
      readonly messageDigestAlgorithm?: 'sha256' | 'sha384';
      readonly canonicalIdMap?: Map<string, string>;
      readonly maxWorkFactor?: number;
    },
  ): Promise<string>;
}
