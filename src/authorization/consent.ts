import type { ConsentConfig } from '../config-schema.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import { dateIn, digitsIn, type Language, textIn } from '../lib/language.ts';
import type { Claims, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import type { OfferedType } from './credential-issuers.ts';
import { type MaskRule, mask, textOf } from './masking.ts';
import type { ConsentClaim, ConsentView, Purpose } from './pages/views.ts';

/** The entry of a display list in a language, the first one otherwise (OpenID4VCI 1.0 §12.2.4). */
export function displayIn(list: Json | undefined, language: Language): JsonObject {
  const entries = (Array.isArray(list) ? list : []).filter(isJsonObject);
  return entries.find(({ locale }) => typeof locale === 'string' && locale.toLowerCase().split('-')[0] === language) ?? entries[0] ?? {};
}

const stringOf = (value: Json | undefined) => (typeof value === 'string' ? value : undefined);
const metadataOf = ({ configuration }: OfferedType) =>
  isJsonObject(configuration.credential_metadata) ? configuration.credential_metadata : {};

export function documentNameOf(type: OfferedType, language: Language): string {
  return stringOf(displayIn(metadataOf(type).display, language).name) ?? type.configurationId;
}

/** Who issues what, from the issuer's public metadata (design D21). */
export function purposeOf(
  types: readonly OfferedType[],
  language: Language,
  { fallback, origin }: { readonly fallback: string; readonly origin: string },
): Purpose {
  const [type] = types;
  if (!type) return { issuerName: fallback };
  const display = displayIn(type.metadata.display, language);
  const logo = isJsonObject(display.logo) ? stringOf(display.logo.uri) : undefined;
  // Pages load nothing from another origin (quality R64): an authority elsewhere is shown by its first letter.
  const issuerLogo = logo !== undefined && URL.canParse(logo) && new URL(logo).origin === origin ? { issuerLogo: logo } : {};
  const documentName = types.map((entry) => documentNameOf(entry, language)).join(', ');
  return { issuerName: stringOf(display.name) ?? new URL(type.issuer).host, documentName, ...issuerLogo };
}

export interface ConsentOptions {
  readonly types: readonly OfferedType[];
  readonly consent: Readonly<Record<string, ConsentConfig>>;
  readonly source: ClaimsSource;
  readonly subject: SubjectReference;
  readonly language: Language;
  readonly walletName: string;
  readonly purpose: Purpose;
  readonly until: Date;
  readonly decision: string;
  readonly signal: AbortSignal;
}

/** Only what the configuration maps is looked up; without a mapping a label stands alone. */
async function fetchValues({ types, consent, source, subject, signal }: ConsentOptions): Promise<Claims> {
  const names = types.flatMap(({ scope }) => Object.values(consent[scope ?? '']?.claims ?? {}).map(({ name }) => name));
  if (names.length === 0) return {};
  const answer = await source.claims(subject, [...new Set(names)], signal);
  return answer.outcome === 'known' ? answer.claims : {};
}

/** A value under its mask, dates in the words and digits of the language; a number to be compared keeps its own digits. */
function shown(text: string, heard: MaskRule, language: Language): NonNullable<ConsentClaim['value']> {
  const hidden = mask(text, heard);
  if (heard === 'open') return { masked: dateIn(language, hidden), heard };
  return { masked: heard === 'year' ? hidden.replace(/\d{4}/, (year) => digitsIn(language, Number(year))) : hidden, heard };
}

function claimsOf(type: OfferedType, { consent, language }: ConsentOptions, values: Claims): readonly ConsentClaim[] {
  const described = metadataOf(type).claims;
  const mapping = consent[type.scope ?? '']?.claims ?? {};
  const listed = (Array.isArray(described) ? described : []).filter(isJsonObject);
  const paths = new Set(listed.map(({ path }) => JSON.stringify(path)));
  return listed.flatMap((claim) => {
    const path = claim.path as readonly Json[];
    // One line per claim a person would name: members and elements belong to the claim that is described above them.
    if (!Array.isArray(path) || path.length === 0 || path.some((_, end) => paths.has(JSON.stringify(path.slice(0, end))))) return [];
    const label = stringOf(displayIn(claim.display, language).name) ?? String(path.at(-1));
    const rule = mapping[path.join('.')];
    const text = rule && textOf(values[rule.name], language);
    const value = rule && text !== undefined ? { value: shown(text, rule.mask as MaskRule, language) } : {};
    return [{ label, mandatory: claim.mandatory === true, ...value }];
  });
}

/** Whose document: the first masked name and birth year that the mapping gives. */
function whoseOf(options: ConsentOptions, values: Claims): ConsentView['whose'] {
  const rules = options.types.flatMap(({ scope }) => Object.values(options.consent[scope ?? '']?.claims ?? {}));
  const find = (wanted: MaskRule) =>
    rules
      .filter((rule) => rule.mask === wanted)
      .map(({ name }) => textOf(values[name], options.language))
      .find((text) => text !== undefined);
  const name = find('initials');
  const birth = find('year');
  if (name === undefined) return undefined;
  const birthYear = birth === undefined ? undefined : /\d{4}/.exec(birth)?.[0];
  return { masked: mask(name, 'initials'), ...(birthYear ? { birthYear: digitsIn(options.language, Number(birthYear)) } : {}) };
}

/** What the consent page shows: labels from public metadata, masked values from our own claims source, purpose from our configuration. */
export async function buildConsentView(options: ConsentOptions): Promise<ConsentView> {
  const { types, consent, language, walletName, purpose, until, decision } = options;
  const values = await fetchValues(options);
  const whose = whoseOf(options, values);
  const documents = types.map((type) => {
    const settings = consent[type.scope ?? ''];
    const why = textIn(settings?.purpose, language);
    const retention = textIn(settings?.retention, language);
    return {
      name: documentNameOf(type, language),
      claims: claimsOf(type, options, values),
      ...(why ? { why } : {}),
      ...(retention ? { retention } : {}),
    };
  });
  return { purpose, walletName, documents, until, decision, ...(whose ? { whose } : {}) };
}
