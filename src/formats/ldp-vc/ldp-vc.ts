import { randomUrnUuid } from '../../lib/uuid.ts';
import type { CredentialFormat } from '../format.ts';
import { unsecuredCredential } from './credential.ts';
import { JsonLd } from './json-ld.ts';
import { ldpVcLints } from './lints.ts';
import { type LdpVcProfile, readProfile } from './profile.ts';
import { compileSecuring } from './securing.ts';
import { listName, listSuiteOf } from './suites.ts';
import { checkTerms } from './terms.ts';

const identifier = 'ldp_vc';

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
  listSecuring({ suite: ofCredentials }) {
    const suite = listSuiteOf(ofCredentials);
    return {
      name: listName(suite),
      mediaTypes: ['application/vc', 'application/ld+json', 'application/json'],
      algorithm: suite.algorithm,
      secure: compileSecuring({ suite, jsonLd: new JsonLd(new Map()), missingContext: suite.context['2.0'] }),
    };
  },
  lints: ldpVcLints,
  compile(profile, judge) {
    const secured = compileSecuring(profile);
    // The id names this copy and nobody (standards LD-3).
    return async (order) =>
      secured(unsecuredCredential(profile, order, randomUrnUuid()), order, (unsecured) =>
        judge?.({ ...unsecured, profile, suite: profile.suite }, order),
      );
  },
};
