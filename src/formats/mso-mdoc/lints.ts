import type { Lint } from '../format.ts';
import { orderLints } from '../order-lints.ts';
import type { MsoMdocDraft } from './compiled.ts';
import type { Digested } from './security-object.ts';

type Rule = Lint<MsoMdocDraft>;
const dayMilliseconds = 86_400_000;
const every = (digested: readonly Digested[], holds: (digests: readonly string[]) => boolean) =>
  digested.every(({ digests }) => holds(digests));
/** COSE_Key labels of RFC 9052 §7.1 and RFC 9053 §7. */
const [type, curve, x, y] = [1, -1, -2, -3] as const;
const bytesAt = ({ statement }: MsoMdocDraft, label: number) => (statement.deviceKey.get(label) as Uint8Array | undefined)?.length;

export const msoMdocLints: readonly Rule[] = [
  ...orderLints,
  { id: 'mdoc/doctype', clause: 'ISO/IEC 18013-5 §9.1.2.4', holds: ({ profile }) => /^[\w.:-]{1,128}$/.test(profile.doctype) },
  { id: 'mdoc/bound-to-a-key', clause: 'ISO/IEC 18013-5 §9.1.2.4', holds: (_, { holder }) => holder !== undefined },
  { id: 'mdoc/algorithm', clause: 'ISO/IEC 18013-5 table B.3', holds: ({ profile }, { signer }) => signer.algorithm === profile.algorithm },
  { id: 'mdoc/signer-certificate', clause: 'ISO/IEC 18013-5 §9.1.2.4', holds: (_, { signer }) => signer.certificates.length > 0 },
  {
    id: 'mdoc/signed-when-issued',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement }, { issuedAt }) => statement.signed.getTime() === issuedAt.getTime(),
  },
  {
    id: 'mdoc/valid-until-after-signed',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement }) => statement.validUntil > statement.signed,
  },
  {
    id: 'mdoc/valid-no-longer-than-ordered',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement }, { expiresAt }) => expiresAt === undefined || statement.validUntil <= expiresAt,
  },
  {
    id: 'mdoc/valid-for-a-day-at-least',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement }) => statement.validUntil.getTime() - statement.signed.getTime() >= dayMilliseconds,
  },
  {
    id: 'mdoc/no-fraction-of-a-second',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement }) => statement.validUntil.getTime() % 1000 === 0,
  },
  {
    id: 'mdoc/device-key-type',
    clause: 'RFC 9053 §7',
    holds: ({ statement: { deviceKey } }) => deviceKey.get(type) === (deviceKey.has(y) ? 2 : 1),
  },
  {
    id: 'mdoc/device-key-curve',
    clause: 'RFC 9053 §7.1',
    holds: ({ statement: { deviceKey } }) => [1, 6].includes(deviceKey.get(curve) as number),
  },
  { id: 'mdoc/device-key-x', clause: 'RFC 9053 §7.1.1', holds: (draft) => bytesAt(draft, x) === 32 },
  {
    id: 'mdoc/device-key-y',
    clause: 'RFC 9053 §7.1.1',
    holds: (draft) => draft.statement.deviceKey.get(type) === 1 || bytesAt(draft, y) === 32,
  },
  {
    id: 'mdoc/device-key-is-minimal',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ statement: { deviceKey } }) => deviceKey.size === (deviceKey.has(y) ? 4 : 3),
  },
  {
    id: 'mdoc/status-index',
    clause: 'Token Status List §6.3',
    holds: ({ statement }, { status }) => statement.status?.index === status?.index,
  },
  {
    id: 'mdoc/status-address',
    clause: 'Token Status List §6.3',
    holds: ({ statement }, { status }) => statement.status?.uri === status?.uri,
  },
  { id: 'mdoc/some-namespace', clause: 'ISO/IEC 18013-5 §9.1.2.4', holds: ({ digested }) => digested.length > 0 },
  {
    id: 'mdoc/no-foreign-namespace',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ digested, profile }) => digested.length <= profile.namespaces.length,
  },
  {
    id: 'mdoc/no-empty-namespace',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ digested }) => every(digested, ({ length }) => length > 0),
  },
  {
    id: 'mdoc/no-more-digests-than-elements',
    clause: 'ISO/IEC 18013-5 §9.1.2.4',
    holds: ({ digested, profile }) => every(digested, ({ length }) => profile.namespaces.some(({ elements }) => length <= elements.length)),
  },
  {
    id: 'mdoc/digest-length',
    clause: 'ISO/IEC 18013-5 §9.1.2.5',
    holds: ({ digested }) => every(digested, (digests) => digests.every(({ length }) => length === 32)),
  },
  {
    id: 'mdoc/digests-differ',
    clause: 'ISO/IEC 18013-5 §9.1.2.5, quality R54',
    holds: ({ digested }) => every(digested, (digests) => new Set(digests).size === digests.length),
  },
  { id: 'mdoc/signed-structure', clause: 'RFC 9052 §4.4', holds: ({ input }) => input[0] === 0x84 && input[1] === 0x6a },
];
