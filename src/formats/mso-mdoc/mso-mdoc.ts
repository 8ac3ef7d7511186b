import type { CredentialFormat } from '../format.ts';
import { compileIssue } from './compiled.ts';
import { coseAlgorithms } from './cose.ts';
import type { MsoMdocProfile } from './elements.ts';
import { msoMdocLints } from './lints.ts';
import { findPlace } from './places.ts';
import { readProfile } from './profile.ts';
import { pooledRandom } from './shuffle.ts';

const identifier = 'mso_mdoc';

/** ISO/IEC 18013-5 `IssuerSigned` in base64url (OpenID4VCI 1.0 appendix A.2.4): items a holder may show one by one, and the issuer's signature over their digests. */
export const msoMdoc: CredentialFormat<MsoMdocProfile> = {
  identifier,
  statusLists: ['token_status_list'],
  // ISO/IEC 18013-5 §9.1.2.4: the security object always names a device key.
  holderKey: 'required',
  read: readProfile,
  algorithm: ({ algorithm }) => algorithm,
  claimPath: ({ namespaces }, path) => findPlace(namespaces, path),
  // standards V-73: algorithms are numbers of COSE here.
  metadata: ({ doctype, algorithm }) => ({
    format: identifier,
    doctype,
    credential_signing_alg_values_supported: [coseAlgorithms[algorithm].label],
  }),
  documents: () => [],
  lints: msoMdocLints,
  compile(profile, judge) {
    const issue = compileIssue(profile, judge);
    return (order) => issue(order, pooledRandom);
  },
};
