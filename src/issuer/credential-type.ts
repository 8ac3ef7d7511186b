import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import {
  type ClaimPath,
  type ClaimRule,
  type CredentialFormat,
  type Issue,
  type ListSecuring,
  ProfileFault,
  type PublishedDocument,
  type StatusListKind,
} from '../formats/format.ts';
import { createLinter } from '../formats/lint.ts';
import type { SigningAlgorithm } from '../keys/keys.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { type ClaimsMapping, compileMapping, LookupTables } from './claims-mapping.ts';
import { HolderBinding } from './proofs/holder-binding.ts';
import { compileQrCodes, type QrCode, QrSettings, withPlaces } from './qr/qr-codes.ts';
import { shapeFaults } from './types/shape-faults.ts';

const Localised = Type.Object({ name: Type.String({ minLength: 1 }), locale: Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$' }) });
const closed = { additionalProperties: false };
const Colour = Type.String({ pattern: '^#[0-9A-Fa-f]{6}$' });
const Picture = Type.Object(
  { uri: Type.String({ pattern: '^(?:https?:|data:image/)\\S+$' }), alt_text: Type.Optional(Type.String()) },
  closed,
);
/** OpenID4VCI 1.0 §12.2.4: how a wallet shows the credential, in one language. */
const CardDisplay = Type.Object(
  {
    ...Localised.properties,
    description: Type.Optional(Type.String()),
    logo: Type.Optional(Picture),
    background_color: Type.Optional(Colour),
    background_image: Type.Optional(Picture),
    text_color: Type.Optional(Colour),
  },
  closed,
);

/** The wire form of a credential type: a document with a version (design §4). */
const CredentialTypeDocument = Type.Object(
  {
    id: Type.String({ pattern: '^[A-Za-z0-9_.-]+$' }),
    version: Type.Integer({ minimum: 1 }),
    state: Type.Union([Type.Literal('draft'), Type.Literal('published'), Type.Literal('retired')]),
    scope: Type.String({ pattern: '^[\\x21\\x23-\\x5b\\x5d-\\x7e]+$' }),
    format: Type.String(),
    profile: Type.Unknown(),
    binding: Type.Optional(HolderBinding),
    validityDays: Type.Integer({ minimum: 1, maximum: 36500 }),
    review: Type.Optional(Type.Boolean()),
    status: Type.Optional(Type.Union([Type.Literal('token_status_list'), Type.Literal('bitstring_status_list')])),
    display: Type.Array(CardDisplay, { minItems: 1 }),
    claims: Type.Array(
      Type.Object(
        {
          path: Type.Array(Type.Union([Type.String(), Type.Integer({ minimum: 0 }), Type.Null()]), { minItems: 1 }),
          mandatory: Type.Boolean(),
          disclosure: Type.Union([Type.Literal('selective'), Type.Literal('always')]),
          display: Type.Array(Localised),
          mask: Type.Optional(Type.String()),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    mapping: Type.Unknown(),
    tables: Type.Optional(LookupTables),
    qr: Type.Optional(QrSettings),
    registry: Type.Optional(Type.String({ minLength: 1 })),
    key: Type.Optional(Type.String({ pattern: '^[a-z][a-z0-9-]{0,31}$' })),
  },
  closed,
);

const document = Compile(CredentialTypeDocument);

/** A credential type made ready to issue. */
export interface CredentialType {
  /** The credential_configuration_id of OpenID4VCI 1.0. */
  readonly id: string;
  readonly version: number;
  /** A retired type is offered no more, but what its credentials refer to stays served. */
  readonly state: 'published' | 'retired';
  readonly scope: string;
  readonly validityDays: number;
  /** Whether its credentials can be revoked and suspended, and by what. */
  readonly status: StatusListKind | undefined;
  /** How the Bitstring Status Lists are secured that its credentials point at. */
  readonly listSecuring: ListSecuring | undefined;
  /** Whether a clerk looks at every request before it is issued. */
  readonly review: boolean;
  readonly display: readonly JsonObject[];
  readonly rules: readonly ClaimRule[];
  /** The same, each where it stands in the encoded credential. */
  readonly described: readonly ClaimRule[];
  /** `undefined` for a type whose credentials are bound to no key. */
  readonly binding: HolderBinding | undefined;
  readonly mapping: ClaimsMapping;
  /** QR codes that stand among the claims, made when the credential is. */
  readonly qrCodes: readonly QrCode[];
  /** Where its claims come from, whoever proved who the subject is; `undefined`: the registry that did. */
  readonly registry: string | undefined;
  /** Which of the issuer's keys signs, by name; `undefined`: the one that types share. */
  readonly key: string | undefined;
  readonly formatMetadata: JsonObject;
  readonly algorithm: SigningAlgorithm;
  readonly documents: readonly PublishedDocument[];
  readonly issue: Issue;
  /** The same under each name the format had in older drafts, the latest first. */
  readonly formerly: ReadonlyMap<string, Issue>;
}

/** standards V-65: one entry per locale, tags in their canonical case (BCP 47, RFC 5646 §2.1.1). */
function checkLocales(entries: readonly { readonly locale: string }[], pointer: string): void {
  const seen = new Set<string>();
  for (const [index, { locale }] of entries.entries()) {
    const place = `${pointer}/${index}/locale`;
    if (!isCanonical(locale)) throw new ProfileFault(place, 'is no language tag in its canonical case');
    if (seen.has(locale)) throw new ProfileFault(place, `speaks ${locale} a second time`);
    seen.add(locale);
  }
}

function isCanonical(locale: string): boolean {
  try {
    return Intl.getCanonicalLocales(locale)[0] === locale;
  } catch {
    return false;
  }
}

/** How a step sees the value it stands on. */
const kindOf = (step: string | number | null) => (typeof step === 'string' ? 'member' : step === null ? 'every element' : 'element');

/** Where the mapping itself writes an object, it must write the member that a path goes through. */
function reaches(mapping: Json | undefined, [step, ...rest]: ClaimPath): boolean {
  if (step === undefined || !isJsonObject(mapping) || Object.keys(mapping).some((name) => name.startsWith('$'))) return true;
  return typeof step === 'string' && Object.hasOwn(mapping, step) && reaches(mapping[step], rest);
}

/** OpenID4VCI 1.0 appendices B.2 and C: a repeated description, or two that see one value differently, refuse the type (standards VX-1). */
function checkPaths(rules: readonly ClaimRule[], mapping: JsonObject): void {
  const seen = new Set<string>();
  const kinds = new Map<string, string>();
  for (const [index, { path }] of rules.entries()) {
    const pointer = `/claims/${index}/path`;
    if (seen.has(JSON.stringify(path))) throw new ProfileFault(pointer, 'is described twice');
    seen.add(JSON.stringify(path));
    if (typeof path[0] !== 'string' || !Object.hasOwn(mapping, path[0]))
      throw new ProfileFault(pointer, 'begins with a name the mapping does not make');
    if (!reaches(mapping, path)) throw new ProfileFault(pointer, 'goes through a place the mapping does not make');
    for (const [depth, step] of path.entries()) {
      const above = JSON.stringify(path.slice(0, depth));
      const kind = kinds.get(above) ?? kindOf(step);
      if (kind !== kindOf(step)) throw new ProfileFault(pointer, `takes for ${kindOf(step)} what another path takes for ${kind}`);
      kinds.set(above, kind);
    }
  }
  const unlabelled = Object.keys(mapping).find((name) => !rules.some(({ path }) => path[0] === name));
  if (unlabelled) throw new ProfileFault(`/mapping/${unlabelled}`, 'is made but described by no entry of claims');
}

/** Every place where a document has not the shape of a credential type. */
export function findShapeFaults(raw: Json): readonly ProfileFault[] {
  return document.Check(raw) ? [] : shapeFaults(CredentialTypeDocument, document.Errors(raw));
}

const ruleOf = ({ path, mandatory, disclosure, display }: Static<typeof CredentialTypeDocument>['claims'][number]): ClaimRule => ({
  path: path as ClaimPath,
  mandatory,
  disclosure,
  display: display as readonly JsonObject[],
});

/** Reads one document for an issuer. Throws `ProfileFault` that names the place of the first fault; `undefined` for a draft. */
export async function readCredentialType(
  raw: Json,
  issuer: string,
  formats: readonly CredentialFormat<unknown>[],
): Promise<CredentialType | undefined> {
  if (!document.Check(raw)) throw findShapeFaults(raw)[0] ?? new ProfileFault('', 'is no credential type');
  const { id, version, state, scope, format: formatIdentifier, binding, validityDays } = raw;
  if (state === 'draft') return undefined;
  const format = formats.find(({ identifier }) => identifier === formatIdentifier);
  if (!format) throw new ProfileFault('/format', `is none of ${formats.map(({ identifier }) => identifier).join(', ')}`);
  // Its credentials would point at a list of another kind, which nobody serves: every one of them would fail at a verifier.
  if (raw.status !== undefined && !format.statusLists.includes(raw.status)) {
    throw new ProfileFault('/status', `credentials of ${format.identifier} do not point at a ${raw.status}; leave it out`);
  }
  if (!binding && format.holderKey === 'required')
    throw new ProfileFault('/binding', `${format.identifier} is bound to a key of its holder`);
  const display = raw.display as readonly JsonObject[];
  checkLocales(raw.display, '/display');
  for (const [index, claim] of raw.claims.entries()) checkLocales(claim.display, `/claims/${index}/display`);
  const rules = raw.claims.map(ruleOf);
  const compiled = compileMapping(raw.mapping as Json, raw.tables);
  const qrCodes = compileQrCodes(raw.qr ?? [], issuer, raw.tables);
  const mapping = { ...compiled, names: [...new Set([...compiled.names, ...qrCodes.flatMap(({ names }) => names)])] };
  const places = withPlaces(raw.mapping as JsonObject, qrCodes);
  checkPaths(rules, places);
  const profile = format.read(raw.profile as Json, { issuer, version, rules, display, ...(raw.status ? { status: raw.status } : {}) });
  await format.check?.(profile, { mapping: places, rules });
  const judge = createLinter(format.lints ?? []);
  return {
    id,
    version,
    state,
    scope,
    validityDays,
    status: raw.status,
    review: raw.review ?? false,
    listSecuring: raw.status === 'bitstring_status_list' ? format.listSecuring?.(profile) : undefined,
    display,
    rules,
    binding,
    mapping,
    qrCodes,
    registry: raw.registry,
    key: raw.key,
    described: rules.flatMap((rule) => {
      const path = format.claimPath(profile, rule.path);
      return path ? [{ ...rule, path }] : [];
    }),
    formatMetadata: format.metadata(profile),
    algorithm: format.algorithm(profile),
    documents: format.documents(profile),
    issue: format.compile(profile, judge),
    formerly: new Map((format.formerly ?? []).map((name) => [name, format.compile(profile, judge, name)])),
  };
}

function present(value: Json | undefined, path: ClaimPath): boolean {
  const [step, ...rest] = path;
  if (value === undefined) return false;
  if (step === undefined) return true;
  if (step === null) return Array.isArray(value) && value.every((entry: Json) => present(entry, rest));
  if (typeof step === 'number') return Array.isArray(value) && present(value[step], rest);
  return isJsonObject(value) && Object.hasOwn(value, step) && present(value[step], rest);
}

/** The first mandatory claim the mapped values lack; inside an optional part that is absent nothing is missing. */
export function findMissingClaim({ rules }: CredentialType, claims: JsonObject): ClaimPath | undefined {
  return rules.find(
    ({ path, mandatory }) => mandatory && !present(claims, path) && (path.length === 1 || present(claims, path.slice(0, -1))),
  )?.path;
}
