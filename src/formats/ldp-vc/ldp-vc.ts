import { canonicalJson } from '../../lib/jcs.ts';
import type { JsonObject } from '../../lib/json.ts';
import { randomUrnUuid } from '../../lib/uuid.ts';
import type { CredentialFormat } from '../format.ts';
import { createCanonicaliser } from './canonical.ts';
import { unsecuredCredential } from './credential.ts';
import { JsonLd } from './json-ld.ts';
import { type LdpVcProfile, readProfile } from './profile.ts';
import { createProofs, type ProofOrder, secure } from './proof.ts';
import { surveyDocument } from './shape.ts';
import { listName, type Suite } from './suites.ts';
import { checkTerms } from './terms.ts';

const identifier = 'ldp_vc';

/** Adds the proof of a suite to documents, and the context of the suite where they lack it. Throws `ClaimFault`. */
function compileSecuring(suite: Suite, jsonLd: JsonLd, missingContext?: string) {
  const canonicaliser = createCanonicaliser(jsonLd, suite.digest);
  const proofOptions = createProofs(suite, jsonLd);
  return async (bare: JsonObject, order: ProofOrder): Promise<JsonObject> => {
    const contexts = bare['@context'] as readonly string[];
    const document = missingContext === undefined ? bare : { ...bare, '@context': [...contexts, missingContext] };
    const survey = surveyDocument(document);
    // A jcs suite signs the JSON, yet its readers may take it for JSON-LD: what RDF would lose is refused for both.
    const quads = await canonicaliser.canonicalise(document, survey);
    const canonical = suite.canonicalisation === 'jcs' ? canonicalJson(document) : quads;
    return secure(document, canonical, await proofOptions(order, document['@context'] as readonly string[]), order.signer);
  };
}

/** Credentials of the W3C data model 2.0 and 1.1 with an embedded Data Integrity proof (OpenID4VCI 1.0 appendix A.1.2). */
export const ldpVc: CredentialFormat<LdpVcProfile> = {
  identifier,
  statusLists: ['bitstring_status_list'],
  read: readProfile,
  check: checkTerms,
  algorithm: ({ suite }) => suite.algorithm,
  claimPath: (_profile, path) => ['credentialSubject', ...path],
  metadata: ({ contexts, types, suite }) => ({
    format: identifier,
    credential_definition: { '@context': contexts, type: types },
    credential_signing_alg_values_supported: [suite.name],
  }),
  documents: ({ documents }) => documents,
  // With the pinned contexts alone: types that secure alike share the list, whatever contexts are their own.
  listSecuring: ({ suite }) => ({
    name: listName(suite),
    mediaTypes: ['application/vc', 'application/ld+json', 'application/json'],
    algorithm: suite.algorithm,
    secure: compileSecuring(suite, new JsonLd(new Map()), suite.context['2.0']),
  }),
  compile(profile) {
    const secured = compileSecuring(profile.suite, profile.jsonLd);
    // The id names this copy and nobody (standards LD-3).
    return async (order) => secured(unsecuredCredential(profile, order, randomUrnUuid()), order);
  },
};
