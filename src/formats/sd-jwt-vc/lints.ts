import { numericDate } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Lint } from '../format.ts';
import { orderLints } from '../order-lints.ts';
import type { SdJwtVcProfile } from './profile.ts';

/** What is about to be signed, read back from its own text, and the disclosures beside it. */
export interface SdJwtVcDraft {
  readonly profile: Pick<SdJwtVcProfile, 'vct' | 'integrity' | 'decoys'>;
  /** What the format is called in this dialect: its media type. */
  readonly name: string;
  readonly header: JsonObject;
  readonly payload: JsonObject;
  readonly disclosures: readonly string[];
}

type Rule = Lint<SdJwtVcDraft>;
const digests = ({ payload }: SdJwtVcDraft) => (payload._sd ?? []) as readonly string[];
const member = (value: unknown, name: string) => (value as JsonObject | undefined)?.[name];
const list = (draft: SdJwtVcDraft) => member(draft.payload.status, 'status_list') as JsonObject | undefined;
const key = (draft: SdJwtVcDraft) => member(draft.payload.cnf, 'jwk') as JsonObject | undefined;
const absent = (id: string, clause: string, name: string): Rule => ({ id, clause, holds: ({ payload }) => !(name in payload) });
/** `["` and a salt of 128 bits are the first 24 bytes of a disclosure: exactly 32 letters. */
const saltOf = (disclosure: string) => disclosure.slice(0, 32);

const headerRules: readonly Rule[] = [
  { id: 'sd-jwt/alg', clause: 'RFC 7515 §4.1.1', holds: ({ header }, { signer }) => header.alg === signer.algorithm },
  { id: 'sd-jwt/typ', clause: 'SD-JWT VC §3.2.1', holds: ({ header, name }) => header.typ === name },
  { id: 'sd-jwt/kid', clause: 'RFC 7515 §4.1.4', holds: ({ header }, { signer }) => header.kid === signer.keyId },
  {
    id: 'sd-jwt/x5c',
    clause: 'RFC 7515 §4.1.6, HAIP 1.0 §6.1.1',
    holds: ({ header }, { signer }) => ((header.x5c ?? []) as readonly string[]).length === signer.certificates.length,
  },
  {
    id: 'sd-jwt/no-key-in-header',
    clause: 'RFC 8725 §3.10',
    holds: ({ header }) => !('jwk' in header || 'jku' in header || 'x5u' in header),
  },
  { id: 'sd-jwt/no-critical-extension', clause: 'RFC 7515 §4.1.11', holds: ({ header }) => !('crit' in header || 'b64' in header) },
];
const claimRules: readonly Rule[] = [
  { id: 'sd-jwt/iss', clause: 'SD-JWT VC §3.2.2.2', holds: ({ payload }, { issuer }) => payload.iss === issuer },
  { id: 'sd-jwt/iat', clause: 'RFC 7519 §4.1.6', holds: ({ payload }, { issuedAt }) => payload.iat === numericDate(issuedAt) },
  {
    id: 'sd-jwt/exp',
    clause: 'RFC 7519 §4.1.4',
    holds: ({ payload }, { expiresAt }) => payload.exp === (expiresAt && numericDate(expiresAt)),
  },
  { id: 'sd-jwt/vct', clause: 'SD-JWT VC §3.2.2.1', holds: ({ payload, profile }) => payload.vct === profile.vct },
  { id: 'sd-jwt/vct-integrity', clause: 'SD-JWT VC §7', holds: ({ payload, profile }) => payload['vct#integrity'] === profile.integrity },
  { id: 'sd-jwt/vct-integrity-form', clause: 'SRI §3.5', holds: ({ profile }) => /^sha256-[\w+/]{43}=$/.test(profile.integrity) },
  { id: 'sd-jwt/cnf-key', clause: 'SD-JWT VC §3.2.2.2, quality R42', holds: (draft, { holder }) => key(draft)?.x === holder?.jwk.x },
  { id: 'sd-jwt/cnf-key-second-coordinate', clause: 'RFC 7800 §3.2', holds: (draft, { holder }) => key(draft)?.y === holder?.jwk.y },
  { id: 'sd-jwt/cnf-key-type', clause: 'RFC 7800 §3.2', holds: (draft, { holder }) => key(draft)?.kty === holder?.jwk.kty },
  { id: 'sd-jwt/cnf-key-curve', clause: 'RFC 7800 §3.2', holds: (draft, { holder }) => key(draft)?.crv === holder?.jwk.crv },
  {
    id: 'sd-jwt/cnf-holds-a-key-alone',
    clause: 'RFC 7800 §3.1',
    holds: ({ payload }, { holder }) => (holder ? Object.keys(payload.cnf as JsonObject).join() === 'jwk' : !('cnf' in payload)),
  },
  {
    id: 'sd-jwt/cnf-key-is-minimal',
    clause: 'RFC 7800 §3.2',
    holds: (draft) => Object.keys(key(draft) ?? {}).every((name) => name === 'kty' || name === 'crv' || name === 'x' || name === 'y'),
  },
  { id: 'sd-jwt/status-index', clause: 'Token Status List §6.2', holds: (draft, { status }) => list(draft)?.idx === status?.index },
  { id: 'sd-jwt/status-address', clause: 'Token Status List §6.2', holds: (draft, { status }) => list(draft)?.uri === status?.uri },
  {
    id: 'sd-jwt/status-holds-a-list-alone',
    clause: 'Token Status List §6.1',
    holds: ({ payload }, { status }) =>
      status ? Object.keys(payload.status as JsonObject).join() === 'status_list' : !('status' in payload),
  },
  absent('sd-jwt/no-nbf', 'SD-JWT VC §3.2.2.2', 'nbf'),
  absent('sd-jwt/no-audience', 'RFC 7519 §4.1.3', 'aud'),
  absent('sd-jwt/no-nonce', 'RFC 9901 §4.3', 'nonce'),
  absent('sd-jwt/no-hash-of-presentation', 'RFC 9901 §4.3', 'sd_hash'),
  absent('sd-jwt/no-element-digest-at-top', 'RFC 9901 §4.2.4.2', '...'),
];
const disclosureRules: readonly Rule[] = [
  { id: 'sd-jwt/sd-alg', clause: 'RFC 9901 §4.1.1', holds: ({ payload }) => payload._sd_alg === 'sha-256' },
  {
    id: 'sd-jwt/sd-is-never-empty',
    clause: 'RFC 9901 §4.2.4.1',
    holds: ({ payload }) => !('_sd' in payload) || (payload._sd as readonly string[]).length > 0,
  },
  { id: 'sd-jwt/digest-length', clause: 'RFC 9901 §4.2.3', holds: (draft) => digests(draft).every((digest) => digest.length === 43) },
  {
    id: 'sd-jwt/digests-in-no-telling-order',
    clause: 'RFC 9901 §4.2.4.1',
    holds: (draft) => digests(draft).every((digest, index, all) => index === 0 || (all[index - 1] as string) <= digest),
  },
  {
    id: 'sd-jwt/digests-differ',
    clause: 'RFC 9901 §7.1',
    holds: (draft) => digests(draft).every((digest, index, all) => index === 0 || all[index - 1] !== digest),
  },
  { id: 'sd-jwt/decoys', clause: 'RFC 9901 §4.2.5', holds: (draft) => digests(draft).length >= draft.profile.decoys },
  {
    id: 'sd-jwt/disclosure-is-an-array',
    clause: 'RFC 9901 §4.2.1',
    holds: ({ disclosures }) => disclosures.every((one) => /^Wy[IJ]/.test(one)),
  },
  {
    id: 'sd-jwt/salt-of-128-bits',
    clause: 'RFC 9901 §9.3, quality R54',
    holds: ({ disclosures }) => disclosures.every((one) => one.length > 34),
  },
  {
    id: 'sd-jwt/salts-differ',
    clause: 'RFC 9901 §9.4, quality R54',
    holds: ({ disclosures }) => new Set(disclosures.map(saltOf)).size === disclosures.length,
  },
];

export const sdJwtVcLints: readonly Rule[] = [...orderLints, ...headerRules, ...claimRules, ...disclosureRules];
