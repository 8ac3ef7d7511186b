import type { JsonObject } from '../lib/json.ts';
import type { Lint } from './format.ts';

/** What every credential of the W3C data models holds, however it is secured. */
export interface W3cDraft {
  readonly profile: {
    readonly dataModel: '2.0' | '1.1';
    readonly contexts: readonly string[];
    readonly types: readonly string[];
    readonly statusPurposes: readonly string[];
  };
  readonly credential: JsonObject;
}

type Rule = Lint<W3cDraft>;
const baseContexts = { '2.0': 'https://www.w3.org/ns/credentials/v2', '1.1': 'https://www.w3.org/2018/credentials/v1' } as const;
const contextsOf = ({ credential }: W3cDraft) => credential['@context'] as readonly string[];
const typesOf = ({ credential }: W3cDraft) => credential.type as readonly string[];
const subjectOf = ({ credential }: W3cDraft) => credential.credentialSubject as JsonObject;
const isOld = ({ profile }: W3cDraft) => profile.dataModel === '1.1';
const seconds = (date: Date | undefined) => date && `${date.toISOString().slice(0, 19)}Z`;
const issuerOf = ({ credential: { issuer } }: W3cDraft) => (typeof issuer === 'string' ? issuer : (issuer as JsonObject).id);
/** None where the status stands outside the credential. */
const entriesOf = ({ credential: { credentialStatus: entries } }: W3cDraft) =>
  (entries === undefined ? [] : Array.isArray(entries) ? entries : [entries]) as readonly Readonly<Record<string, string>>[];

export const w3cLints: readonly Rule[] = [
  {
    id: 'w3c/base-context-first',
    clause: 'VCDM 2.0 §4.3, VCDM 1.1 §4.1',
    holds: (draft) => contextsOf(draft)[0] === baseContexts[draft.profile.dataModel],
  },
  {
    id: 'w3c/one-data-model',
    clause: 'VCDM 2.0 §4.3',
    holds: (draft) => !contextsOf(draft).includes(baseContexts[isOld(draft) ? '2.0' : '1.1']),
  },
  {
    id: 'w3c/contexts-of-the-type',
    clause: 'VCDM 2.0 §4.3',
    holds: (draft) => draft.profile.contexts.every((context, index) => contextsOf(draft)[index] === context),
  },
  {
    id: 'w3c/contexts-are-addresses',
    clause: 'VCDM 2.0 §4.3',
    holds: (draft) => contextsOf(draft).every((one) => typeof one === 'string'),
  },
  {
    id: 'w3c/id',
    clause: 'VCDM 2.0 §4.4, RFC 9562 §4',
    holds: ({ credential }) => /^urn:uuid:[\da-f-]{36}$/.test(credential.id as string),
  },
  { id: 'w3c/type-first', clause: 'VCDM 2.0 §4.5', holds: (draft) => typesOf(draft)[0] === 'VerifiableCredential' },
  {
    id: 'w3c/types-of-the-type',
    clause: 'VCDM 2.0 §4.5',
    holds: (draft) =>
      typesOf(draft).length === draft.profile.types.length && draft.profile.types.every((type, index) => typesOf(draft)[index] === type),
  },
  { id: 'w3c/issuer', clause: 'VCDM 2.0 §4.7', holds: (draft, { issuerDid }) => issuerOf(draft) === issuerDid },
  {
    id: 'w3c/begins',
    clause: 'VCDM 2.0 §4.9, VCDM 1.1 §4.6',
    holds: (draft, { issuedAt }) => draft.credential[isOld(draft) ? 'issuanceDate' : 'validFrom'] === seconds(issuedAt),
  },
  {
    id: 'w3c/ends',
    clause: 'VCDM 2.0 §4.9, VCDM 1.1 §4.7',
    holds: (draft, { expiresAt }) => draft.credential[isOld(draft) ? 'expirationDate' : 'validUntil'] === seconds(expiresAt),
  },
  {
    id: 'w3c/no-times-of-the-other-model',
    clause: 'VCDM 2.0 §4.9',
    holds: (draft) => !((isOld(draft) ? 'validFrom' : 'issuanceDate') in draft.credential),
  },
  {
    id: 'w3c/one-subject',
    clause: 'VCDM 2.0 §4.8',
    holds: (draft) => !Array.isArray(subjectOf(draft)) && typeof subjectOf(draft) === 'object',
  },
  { id: 'w3c/subject-says-something', clause: 'VCDM 2.0 §4.8', holds: (draft) => Object.keys(subjectOf(draft)).length > 0 },
  { id: 'w3c/subject-is-the-holder', clause: 'VCDM 2.0 §4.8', holds: (draft, { holder }) => subjectOf(draft).id === holder?.did },
  { id: 'w3c/no-proof-yet', clause: 'VC Data Integrity §4.2', holds: ({ credential }) => !('proof' in credential) },
  {
    id: 'w3c/status-purposes',
    clause: 'Bitstring Status List 1.0 §2.1',
    holds: (draft) => entriesOf(draft).every(({ statusPurpose }, index) => statusPurpose === draft.profile.statusPurposes[index]),
  },
  {
    id: 'w3c/status-type',
    clause: 'Bitstring Status List 1.0 §2.1',
    holds: (draft) => entriesOf(draft).every(({ type }) => type === 'BitstringStatusListEntry'),
  },
  {
    id: 'w3c/status-index',
    clause: 'Bitstring Status List 1.0 §2.1',
    holds: (draft, { status }) => entriesOf(draft).every(({ statusListIndex }) => statusListIndex === String(status?.index)),
  },
  {
    id: 'w3c/status-address',
    clause: 'Bitstring Status List 1.0 §2.1',
    holds: (draft, { status }) => entriesOf(draft).every(({ statusListCredential: list }) => status && list?.startsWith(`${status.uri}/`)),
  } as Rule,
  {
    id: 'w3c/status-id-is-not-the-list',
    clause: 'Bitstring Status List 1.0 §2.1',
    holds: (draft) => entriesOf(draft).every(({ id, statusListCredential }) => id !== statusListCredential),
  },
];
