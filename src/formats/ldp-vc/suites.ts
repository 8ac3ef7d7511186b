import type { SigningAlgorithm } from '../../keys/keys.ts';
import { contextUrls } from './contexts.ts';

export type DataModel = '2.0' | '1.1';

/** One way to secure a credential: a closed table, so that no suite meets a curve or a context that is not its own (quality R39). */
export interface Suite {
  readonly name: string;
  readonly proofType: 'DataIntegrityProof' | 'Ed25519Signature2020';
  readonly canonicalisation: 'rdfc' | 'jcs';
  readonly algorithm: SigningAlgorithm;
  /** The context that defines the proof, where the data model's own does not (standards LD-7). */
  readonly context: Readonly<Record<DataModel, string | undefined>>;
}

const integrity = { proofType: 'DataIntegrityProof', context: { '2.0': undefined, '1.1': contextUrls.dataIntegrity } } as const;

export const suites: readonly Suite[] = [
  { ...integrity, name: 'eddsa-rdfc-2022', canonicalisation: 'rdfc', algorithm: 'EdDSA' },
  { ...integrity, name: 'ecdsa-rdfc-2019', canonicalisation: 'rdfc', algorithm: 'ES256' },
  { ...integrity, name: 'eddsa-jcs-2022', canonicalisation: 'jcs', algorithm: 'EdDSA' },
  { ...integrity, name: 'ecdsa-jcs-2019', canonicalisation: 'jcs', algorithm: 'ES256' },
  {
    name: 'Ed25519Signature2020',
    proofType: 'Ed25519Signature2020',
    canonicalisation: 'rdfc',
    algorithm: 'EdDSA',
    context: { '2.0': contextUrls.ed25519Signature2020, '1.1': contextUrls.ed25519Signature2020 },
  },
];

/** What the address of a status list says of the suite that secures it: suites of one name may differ in their curve. */
export const listName = ({ name, algorithm }: Suite): string => (algorithm === 'EdDSA' ? name : `${name}-${algorithm}`).toLowerCase();
