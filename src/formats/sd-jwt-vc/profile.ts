import { sha256, utf8 } from '../../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { type ClaimRule, ProfileFault, type TypeContext } from '../format.ts';

/** How a member or element is encoded: whether it can be kept back, and what is known of what it holds. */
export interface DisclosurePlan {
  readonly selective: boolean;
  readonly members: ReadonlyMap<string, DisclosurePlan>;
  readonly element: DisclosurePlan | undefined;
}

export interface SdJwtVcProfile {
  readonly vct: string;
  readonly typeMetadataPath: string;
  readonly typeMetadata: Uint8Array;
  readonly integrity: string;
  readonly decoys: number;
  readonly plan: DisclosurePlan;
}

// SD-JWT VC §3.2.2.2 and RFC 9901 §4.1: these never stand in a disclosure, so a type may not claim them.
const reserved = new Set(['iss', 'nbf', 'exp', 'iat', 'cnf', 'vct', 'vct#integrity', 'status', '_sd', '_sd_alg', '...', 'aka_vcts']);
const maximumDecoys = 32;

interface Draft {
  selective: boolean;
  readonly members: Map<string, Draft>;
  element: Draft | undefined;
}

const draft = (selective: boolean): Draft => ({ selective, members: new Map(), element: undefined });

function place(root: Draft, { path, disclosure }: ClaimRule, pointer: string): void {
  let node = root;
  for (const [depth, step] of path.entries()) {
    if (typeof step === 'number')
      throw new ProfileFault(pointer, 'this format discloses every element or none, so a path has null and not a number');
    if (typeof step === 'string' && (step === '_sd' || step === '...' || (depth === 0 && reserved.has(step))))
      throw new ProfileFault(pointer, `the claim name ${step} is reserved`);
    const next: Draft = (step === null ? node.element : node.members.get(step)) ?? draft(false);
    if (step === null) node.element = next;
    else node.members.set(step, next);
    node = next;
  }
  node.selective = disclosure === 'selective';
}

/** standards VCT-1 to VCT-3: what a wallet may know of the type before it holds one. */
function typeMetadata(vct: string, { display, rules }: TypeContext): JsonObject {
  return {
    vct,
    display: display.map((entry) => ({
      locale: entry.locale ?? 'en',
      name: entry.name ?? '',
      ...(entry.description ? { description: entry.description } : {}),
      rendering: {
        simple: {
          ...(entry.background_color ? { background_color: entry.background_color } : {}),
          ...(entry.text_color ? { text_color: entry.text_color } : {}),
        },
      },
    })),
    claims: rules.map(({ path, mandatory, disclosure, display: labels }) => ({
      path,
      mandatory,
      sd: disclosure === 'selective' ? 'always' : 'never',
      display: labels.map(({ locale = 'en', name = '' }) => ({ locale, label: name })),
    })),
  };
}

/** Reads `{vct, decoys?}`: the type's name below the issuer's types, and how many decoy digests hide the number of claims. */
export function readProfile(raw: Json, type: TypeContext): SdJwtVcProfile {
  if (!isJsonObject(raw)) throw new ProfileFault('/profile', 'must be an object');
  const { vct: name, decoys = 0, ...unknown } = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`/profile/${extra}`, 'is not known');
  if (typeof name !== 'string' || !/^[a-z0-9][a-z0-9-]*$/.test(name))
    throw new ProfileFault('/profile/vct', 'must be a name of lower-case letters, digits and hyphens');
  if (typeof decoys !== 'number' || !Number.isInteger(decoys) || decoys < 0 || decoys > maximumDecoys)
    throw new ProfileFault('/profile/decoys', `must be a whole number from 0 to ${maximumDecoys}`);
  const plan = draft(false);
  for (const [index, rule] of type.rules.entries()) place(plan, rule, `/claims/${index}/path`);
  const typeMetadataPath = `/types/${name}/v${type.version}`;
  const vct = `${type.issuer}${typeMetadataPath}`;
  const document = utf8(JSON.stringify(typeMetadata(vct, type)));
  const integrity = `sha256-${Buffer.from(sha256(document)).toString('base64')}`;
  return { vct, typeMetadataPath, typeMetadata: document, integrity, decoys, plan };
}
