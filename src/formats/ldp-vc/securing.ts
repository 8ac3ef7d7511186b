import { canonicalJson } from '../../lib/jcs.ts';
import type { JsonObject } from '../../lib/json.ts';
import { createCanonicaliser } from './canonical.ts';
import type { JsonLd } from './json-ld.ts';
import { createProofs, type ProofOrder, secure } from './proof.ts';
import { secureSelectively } from './selective/base-proof.ts';
import { mandatoryPointers } from './selective/mandatory.ts';
import { surveyDocument } from './shape.ts';
import type { Suite } from './suites.ts';

export interface SecuringOptions {
  readonly suite: Suite;
  readonly jsonLd: JsonLd;
  /** JSON Pointers to claims that every presentation shows. */
  readonly mandatory?: readonly string[];
  /** The context of the suite, where documents lack it. */
  readonly missingContext?: string | undefined;
}

/** What is about to be signed; where a part of it is signed in several steps, the canonical form of the whole. */
export interface Unsecured {
  readonly credential: JsonObject;
  readonly proof: JsonObject;
  readonly canonical: string;
}

/** Adds the proof of a suite to documents; `judge` sees them before. Throws `ClaimFault`. */
export function compileSecuring({ suite, jsonLd, mandatory = [], missingContext }: SecuringOptions) {
  const canonicaliser = createCanonicaliser(jsonLd, suite.digest);
  const proofOptions = createProofs(suite, jsonLd);
  return async (bare: JsonObject, order: ProofOrder, judge?: (unsecured: Unsecured) => void): Promise<JsonObject> => {
    const contexts = bare['@context'] as readonly string[];
    const document = missingContext === undefined ? bare : { ...bare, '@context': [...contexts, missingContext] };
    const survey = surveyDocument(document);
    // A jcs suite signs the JSON, yet its readers may take it for JSON-LD: what RDF would lose is refused for both.
    const quads = await canonicaliser.canonicalise(document, survey);
    const options = await proofOptions(order, document['@context'] as readonly string[]);
    const { signer } = order;
    const canonical = suite.canonicalisation === 'jcs' ? canonicalJson(document) : quads;
    judge?.({ credential: document, proof: options.proof, canonical });
    if (suite.selective)
      return secureSelectively(jsonLd, { document, mandatoryPointers: mandatoryPointers(document, mandatory), options, signer });
    return secure(document, canonical, options, signer);
  };
}

export interface OnceOptions extends SecuringOptions {
  readonly mandatory: readonly string[];
}

/**
 * The same for one document that no type made, by the plain path: whatever stands in it, it is written in the way of the data model.
 * Here a mandatory pointer that leads nowhere is a fault. Throws `ClaimFault`, `PointerFault`.
 */
export async function secureOnce(
  { suite, jsonLd, mandatory, missingContext }: OnceOptions,
  bare: JsonObject,
  order: ProofOrder,
): Promise<JsonObject> {
  const contexts = [...(bare['@context'] as readonly string[]), ...(missingContext === undefined ? [] : [missingContext])];
  const document = { ...bare, '@context': contexts };
  const canonical = await jsonLd.canonical(document, suite.digest);
  const options = await createProofs(suite, jsonLd)(order, contexts);
  const { signer } = order;
  if (suite.selective) {
    const pointers = [...new Set([...mandatoryPointers(document, []), ...mandatory])];
    return secureSelectively(jsonLd, { document, mandatoryPointers: pointers, options, signer });
  }
  return secure(document, suite.canonicalisation === 'jcs' ? canonicalJson(document) : canonical, options, signer);
}
