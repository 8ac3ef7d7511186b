import type { CurveAlgorithm } from '../../keys/keys.ts';
import type { DigestName } from '../../lib/bytes.ts';
import { contextUrls } from './contexts.ts';

export type DataModel = '2.0' | '1.1';

/** One way to secure a credential: a closed table, so that no suite meets a curve or a context that is not its own (quality R39). */
export interface Suite {
  readonly name: string;
  readonly proofType: 'DataIntegrityProof' | 'Ed25519Signature2020';
  readonly canonicalisation: 'rdfc' | 'jcs';
  readonly algorithm: CurveAlgorithm;
  /** Of document and proof, and inside RDFC-1.0: as strong as the curve (Data Integrity ECDSA §3.2.3, §3.2.4). */
  readonly digest: DigestName;
  /** Whether a holder may show some statements and keep others back. */
  readonly selective?: true;
  /** The context that defines the proof, where the data model's own does not (standards LD-7). */
  readonly context: Readonly<Record<DataModel, string | undefined>>;
}

const integrity = { proofType: 'DataIntegrityProof', context: { '2.0': undefined, '1.1': contextUrls.dataIntegrity } } as const;
const ed25519 = { algorithm: 'EdDSA', digest: 'sha256' } as const;
const p256 = { algorithm: 'ES256', digest: 'sha256' } as const;
const p384 = { algorithm: 'ES384', digest: 'sha384' } as const;

/** The first of a name is what a type gets that asks for no algorithm. */
export const suites: readonly Suite[] = [
  { ...integrity, ...ed25519, name: 'eddsa-rdfc-2022', canonicalisation: 'rdfc' },
  { ...integrity, ...p256, name: 'ecdsa-rdfc-2019', canonicalisation: 'rdfc' },
  { ...integrity, ...p384, name: 'ecdsa-rdfc-2019', canonicalisation: 'rdfc' },
  { ...integrity, ...p256, name: 'ecdsa-sd-2023', canonicalisation: 'rdfc', selective: true },
  { ...integrity, ...ed25519, name: 'eddsa-jcs-2022', canonicalisation: 'jcs' },
  { ...integrity, ...p256, name: 'ecdsa-jcs-2019', canonicalisation: 'jcs' },
  { ...integrity, ...p384, name: 'ecdsa-jcs-2019', canonicalisation: 'jcs' },
  {
    name: 'Ed25519Signature2020',
    proofType: 'Ed25519Signature2020',
    canonicalisation: 'rdfc',
    ...ed25519,
    context: { '2.0': contextUrls.ed25519Signature2020, '1.1': contextUrls.ed25519Signature2020 },
  },
];

/** The suite of the lists of a suite's credentials: nobody derives from a list, so one that can be cut is secured as a whole. */
export const listSuiteOf = (suite: Suite): Suite =>
  (suite.selective && suites.find(({ selective, algorithm }) => !selective && algorithm === suite.algorithm)) || suite;

/** What the address of a status list says of the suite that secures it: suites of one name may differ in their curve. */
export function listName(suite: Suite): string {
  const { name, algorithm } = listSuiteOf(suite);
  return (algorithm === 'EdDSA' ? name : `${name}-${algorithm}`).toLowerCase();
}
