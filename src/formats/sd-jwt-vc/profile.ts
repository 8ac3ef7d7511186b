import { type SigningAlgorithm, signingAlgorithms } from '../../keys/keys.ts';
import { sha256, utf8 } from '../../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ClaimFault, type ClaimRule, ProfileFault, readAlgorithm, type TypeContext } from '../format.ts';

/** How a member or element is encoded: whether it can be kept back, and what is known of what it holds. */
export interface DisclosurePlan {
  readonly selective: boolean;
  readonly members: ReadonlyMap<string, DisclosurePlan>;
  /** Every element of an array (a `null` in the path). */
  readonly element: DisclosurePlan | undefined;
  /** Single elements (a number in the path); where one is described it counts instead of `element`. */
  readonly elements: ReadonlyMap<number, DisclosurePlan>;
}

export interface SdJwtVcProfile {
  readonly vct: string;
  readonly typeMetadataPath: string;
  readonly typeMetadata: Uint8Array;
  readonly integrity: string;
  readonly decoys: number;
  readonly algorithm: SigningAlgorithm;
  readonly plan: DisclosurePlan;
}

// SD-JWT VC §3.2.2.2 and RFC 9901 §4.1: these never stand in a disclosure, so a type may not claim them.
const reserved: ReadonlySet<string> = new Set([
  'iss',
  'nbf',
  'exp',
  'iat',
  'cnf',
  'vct',
  'vct#integrity',
  'status',
  '_sd',
  '_sd_alg',
  '...',
  'aka_vcts',
]);
const marks: ReadonlySet<string> = new Set(['_sd', '...']);
const maximumDecoys = 32;

/** RFC 9901 §4.1: names with a meaning of their own, refused wherever data could bring them in. Throws `ClaimFault`. */
export function checkMemberName(name: string, top: boolean): void {
  if (marks.has(name) || (top && reserved.has(name))) throw new ClaimFault(`a value has a member with the reserved name ${name}`);
}

/** The same for everything inside a value that the type does not describe. */
export function checkMemberNames(value: Json): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [name, entry] of Object.entries(value)) {
    checkMemberName(name, false);
    checkMemberNames(entry as Json);
  }
}

interface Draft {
  selective: boolean;
  readonly members: Map<string, Draft>;
  element: Draft | undefined;
  readonly elements: Map<number, Draft>;
}

const draft = (): Draft => ({ selective: false, members: new Map(), element: undefined, elements: new Map() });

function below(node: Draft, step: string | number | null): Draft {
  const known = step === null ? node.element : typeof step === 'number' ? node.elements.get(step) : node.members.get(step);
  if (known) return known;
  const next = draft();
  if (step === null) node.element = next;
  else if (typeof step === 'number') node.elements.set(step, next);
  else node.members.set(step, next);
  return next;
}

function place(root: Draft, { path, disclosure }: ClaimRule, pointer: string): void {
  let node = root;
  for (const [depth, step] of path.entries()) {
    if (typeof step === 'string' && (marks.has(step) || (depth === 0 && reserved.has(step))))
      throw new ProfileFault(pointer, `the claim name ${step} is reserved`);
    node = below(node, step);
  }
  node.selective = disclosure === 'selective';
}

const isAddress = (value: Json | undefined): value is string => typeof value === 'string' && /^(?:https?:\/\/|data:)/.test(value);

/** standards VCT-2: pictures and colours of the type, where its display names them. */
function rendering({ logo, background_image: background, background_color, text_color }: JsonObject): JsonObject {
  return {
    ...(isJsonObject(logo) && isAddress(logo.uri)
      ? { logo: { uri: logo.uri, ...(logo.alt_text ? { alt_text: logo.alt_text } : {}) } }
      : {}),
    ...(isJsonObject(background) && isAddress(background.uri) ? { background_image: { uri: background.uri } } : {}),
    ...(background_color ? { background_color } : {}),
    ...(text_color ? { text_color } : {}),
  };
}

/** standards VCT-1 to VCT-3: what a wallet may know of the type before it holds one. */
function typeMetadata(vct: string, { display, rules }: TypeContext): JsonObject {
  return {
    vct,
    display: display.map((entry) => ({
      locale: entry.locale ?? 'en',
      name: entry.name ?? '',
      ...(entry.description ? { description: entry.description } : {}),
      rendering: { simple: rendering(entry) },
    })),
    claims: rules.map(({ path, mandatory, disclosure, display: labels }) => ({
      path,
      mandatory,
      sd: disclosure === 'selective' ? 'always' : 'never',
      display: labels.map(({ locale = 'en', name = '' }) => ({ locale, label: name })),
    })),
  };
}

/** Reads `{vct, decoys?, algorithm?}`: the type's name below the issuer's types, and how many decoy digests hide the number of claims. */
export function readProfile(raw: Json, type: TypeContext): SdJwtVcProfile {
  if (!isJsonObject(raw)) throw new ProfileFault('/profile', 'must be an object');
  const { vct: name, decoys = 0, algorithm: named, ...unknown } = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`/profile/${extra}`, 'is not known');
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new ProfileFault('/profile/vct', 'must be a name of lower-case letters, digits and hyphens');
  if (typeof decoys !== 'number' || !Number.isInteger(decoys) || decoys < 0 || decoys > maximumDecoys)
    throw new ProfileFault('/profile/decoys', `must be a whole number from 0 to ${maximumDecoys}`);
  const algorithm = readAlgorithm(named, signingAlgorithms);
  const plan = draft();
  for (const [index, rule] of type.rules.entries()) place(plan, rule, `/claims/${index}/path`);
  const typeMetadataPath = `/types/${name}/v${type.version}`;
  const vct = `${type.issuer}${typeMetadataPath}`;
  const document = utf8(JSON.stringify(typeMetadata(vct, type)));
  const integrity = `sha256-${Buffer.from(sha256(document)).toString('base64')}`;
  return { vct, typeMetadataPath, typeMetadata: document, integrity, decoys, algorithm, plan };
}
