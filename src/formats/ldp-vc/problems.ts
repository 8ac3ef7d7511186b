import { DocumentFault, type Problem } from '../credential-documents.ts';

const dataModel = 'https://www.w3.org/TR/vc-data-model#';
const security = 'https://w3id.org/security#';

/** VCDM 2.0 §7.1, Data Integrity 1.0 §4.7. */
const types = {
  PARSING_ERROR: dataModel,
  CRYPTOGRAPHIC_SECURITY_ERROR: dataModel,
  MALFORMED_VALUE_ERROR: dataModel,
  RANGE_ERROR: dataModel,
  PROOF_VERIFICATION_ERROR: security,
  INVALID_DOMAIN_ERROR: security,
  INVALID_CHALLENGE_ERROR: security,
  STATUS_VERIFICATION_ERROR: 'https://www.w3.org/ns/credentials/status-list#',
} as const;

export const problem = (title: keyof typeof types, detail: string): Problem => ({ type: `${types[title]}${title}`, title, detail });

/** A member of a document that is not as the data model has it. */
export const malformed = (place: string, reason: string): DocumentFault =>
  new DocumentFault(problem('MALFORMED_VALUE_ERROR', `${place} ${reason}`));
