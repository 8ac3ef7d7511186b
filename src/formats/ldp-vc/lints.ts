import type { JsonObject } from '../../lib/json.ts';
import type { Lint } from '../format.ts';
import { orderLints } from '../order-lints.ts';
import { type W3cDraft, w3cLints } from '../w3c-lints.ts';
import { type Suite, suites } from './suites.ts';

/** A credential before it is secured, and the proof without its value. */
export interface LdpVcDraft extends W3cDraft {
  readonly suite: Suite;
  readonly proof: JsonObject;
  /** The text whose hash is signed. */
  readonly canonical: string;
}

type Rule = Lint<LdpVcDraft>;
const isRdf = ({ suite }: LdpVcDraft) => suite.canonicalisation === 'rdfc';

export const ldpVcLints: readonly Rule[] = [
  ...orderLints,
  ...w3cLints,
  { id: 'ldp-vc/suite', clause: 'VC Data Integrity §3.1, quality R39', holds: ({ suite }) => suites.includes(suite) },
  {
    id: 'ldp-vc/suite-algorithm',
    clause: 'Data Integrity EdDSA §2.2, ECDSA §2.2',
    holds: ({ suite }, { signer }) => suite.algorithm === signer.algorithm,
  },
  { id: 'ldp-vc/proof-type', clause: 'VC Data Integrity §2.1', holds: ({ proof, suite }) => proof.type === suite.proofType },
  {
    id: 'ldp-vc/cryptosuite',
    clause: 'VC Data Integrity §2.1',
    holds: ({ proof, suite }) => proof.cryptosuite === (suite.proofType === 'DataIntegrityProof' ? suite.name : undefined),
  },
  {
    id: 'ldp-vc/created',
    clause: 'VC Data Integrity §2.1',
    holds: ({ proof }, { issuedAt }) => proof.created === `${issuedAt.toISOString().slice(0, 19)}Z`,
  },
  {
    id: 'ldp-vc/verification-method',
    clause: 'VC Data Integrity §2.1',
    holds: ({ proof }, { issuerDid }) => (proof.verificationMethod as string).startsWith(`${issuerDid}#`),
  },
  {
    id: 'ldp-vc/verification-method-names-a-key',
    clause: 'Controlled Identifiers 1.0 §2.2',
    holds: ({ proof }) => /#[\w-]{20,}$/.test(proof.verificationMethod as string),
  },
  { id: 'ldp-vc/proof-purpose', clause: 'VC Data Integrity §2.1', holds: ({ proof }) => proof.proofPurpose === 'assertionMethod' },
  { id: 'ldp-vc/no-proof-value-yet', clause: 'VC Data Integrity §4.2', holds: ({ proof }) => !('proofValue' in proof || 'jws' in proof) },
  {
    id: 'ldp-vc/proof-contexts',
    clause: 'Data Integrity EdDSA §3.3.5, quality R39',
    holds: (draft) => isRdf(draft) || JSON.stringify(draft.proof['@context']) === JSON.stringify(draft.credential['@context']),
  },
  {
    id: 'ldp-vc/suite-context',
    clause: 'VC Data Integrity §2.4',
    holds: ({ suite, profile, credential }) => {
      const needed = suite.context[profile.dataModel];
      return needed === undefined || (credential['@context'] as readonly string[]).includes(needed);
    },
  },
  { id: 'ldp-vc/something-is-signed', clause: 'RDFC-1.0 §4.4', holds: ({ canonical }) => canonical.length > 0 },
  {
    id: 'ldp-vc/id-is-signed',
    clause: 'RDFC-1.0 §4.4, RFC 8785 §3',
    holds: ({ canonical, credential }) => canonical.includes(credential.id as string),
  },
  {
    id: 'ldp-vc/issuer-is-signed',
    clause: 'RDFC-1.0 §4.4, RFC 8785 §3',
    holds: ({ canonical }, { issuerDid }) => canonical.includes(issuerDid),
  },
  {
    id: 'ldp-vc/holder-is-signed',
    clause: 'RDFC-1.0 §4.4, RFC 8785 §3',
    holds: ({ canonical }, { holder }) => holder === undefined || canonical.includes(holder.did),
  },
  {
    id: 'ldp-vc/canonical-form',
    clause: 'RDFC-1.0 §5, RFC 8785 §3.2',
    holds: (draft) => draft.canonical.endsWith(isRdf(draft) ? ' .\n' : '}'),
  },
];
