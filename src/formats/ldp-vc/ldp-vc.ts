import { canonicalJson } from '../../lib/jcs.ts';
import { randomUrnUuid } from '../../lib/uuid.ts';
import type { CredentialFormat } from '../format.ts';
import { createCanonicaliser } from './canonical.ts';
import { unsecuredCredential } from './credential.ts';
import { type LdpVcProfile, readProfile } from './profile.ts';
import { createProofs, secure } from './proof.ts';
import { surveyDocument } from './shape.ts';
import { checkTerms } from './terms.ts';

const identifier = 'ldp_vc';

/** Credentials of the W3C data model 2.0 and 1.1 with an embedded Data Integrity proof (OpenID4VCI 1.0 appendix A.1.2). */
export const ldpVc: CredentialFormat<LdpVcProfile> = {
  identifier,
  statusList: 'bitstring_status_list',
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
  compile(profile) {
    const { suite, jsonLd } = profile;
    const canonicaliser = createCanonicaliser(jsonLd);
    const proofOptions = createProofs(suite, jsonLd);
    return async (order) => {
      // The id names this copy and nobody (standards LD-3).
      const document = unsecuredCredential(profile, order, randomUrnUuid());
      const survey = surveyDocument(document);
      // A jcs suite signs the JSON, yet its readers may take it for JSON-LD: what RDF would lose is refused for both.
      const quads = await canonicaliser.canonicalise(document, survey);
      const canonical = suite.canonicalisation === 'jcs' ? canonicalJson(document) : quads;
      return secure(document, canonical, await proofOptions(order, document['@context'] as readonly string[]), order.signer);
    };
  },
};
