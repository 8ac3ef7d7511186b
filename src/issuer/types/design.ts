import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type CredentialFormat, ProfileFault, type PublishedDocument } from '../../formats/format.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { type CredentialType, findShapeFaults, readCredentialType } from '../credential-type.ts';
import { findBindingFault } from '../proofs/holder-binding.ts';
import type { ProofTrust } from '../proofs/proof-trust.ts';
import { shapeFaults } from './shape-faults.ts';

/** What an encoding says for itself; everything else it shares with the design. */
const Encodings = Type.Array(
  Type.Object(
    {
      id: Type.Unknown(),
      scope: Type.Unknown(),
      format: Type.Unknown(),
      profile: Type.Unknown(),
      binding: Type.Optional(Type.Unknown()),
      status: Type.Optional(Type.Unknown()),
      key: Type.Optional(Type.Unknown()),
    },
    { additionalProperties: false },
  ),
  { maxItems: 8 },
);
const encodings = Compile(Encodings);
type Encoding = Static<typeof Encodings>[number];

/** A credential type as it is saved (features B53): once, and encoded in one way or in several, each a configuration that wallets see. */
export interface Design {
  readonly id: string;
  readonly version: number;
  readonly configurations: readonly CredentialType[];
  /** What credentials of this version refer to, below the issuer identifier. */
  readonly documents: readonly PublishedDocument[];
}

export interface DesignContext {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  readonly formats: readonly CredentialFormat<unknown>[];
  /** Names of the registries that types may draw on. */
  readonly registries: readonly string[];
  /** Whom the issuer believes about keys: a type may ask for no more. */
  readonly trust: ProofTrust;
}

/** One document for each encoding, as if it were the only one, and where its own members stand in the whole. */
function documentsOf(
  design: JsonObject,
): readonly { readonly document: JsonObject; readonly own: readonly string[]; readonly place: string }[] {
  const { encodings: list = [], ...first } = design;
  if (!encodings.Check(list)) throw shapeFaults(Encodings, encodings.Errors(list)).map(within('/encodings', () => true))[0];
  // A status list belongs to one kind of encoding: it is not shared.
  const { status: _, ...shared } = first;
  const further = list.map((encoding: Encoding, index) => ({
    document: { ...shared, ...(encoding as JsonObject) },
    own: Object.keys(encoding),
    place: `/encodings/${index}`,
  }));
  return [{ document: first, own: [], place: '' }, ...further];
}

const within = (place: string, holds: (pointer: string) => boolean) => (fault: ProfileFault) =>
  holds(fault.pointer) ? new ProfileFault(place + fault.pointer, fault.reason) : fault;

async function readEncodings(design: JsonObject, state: 'published' | 'retired', { issuer, formats, registries, trust }: DesignContext) {
  const faults: ProfileFault[] = [];
  const configurations: CredentialType[] = [];
  for (const { document, own, place } of documentsOf(design)) {
    const here = within(place, (pointer) => own.includes(pointer.split('/')[1] ?? ''));
    const judged = { ...document, state };
    const shape = findShapeFaults(judged);
    faults.push(...shape.map(here));
    if (shape.length > 0) continue;
    try {
      const type = await readCredentialType(judged, issuer, formats);
      if (type) configurations.push(type);
      const unproven = state === 'published' && type?.binding && findBindingFault(type.binding, trust);
      if (unproven) faults.push(here(unproven));
      if (type?.registry !== undefined && !registries.includes(type.registry))
        faults.push(new ProfileFault('/registry', `is none of ${registries.join(', ')}`));
    } catch (fault) {
      if (!(fault instanceof ProfileFault)) throw fault;
      faults.push(here(fault));
    }
  }
  return { faults, configurations };
}

/** All faults of a document that can be told apart: those of its shape, then the first of each encoding. */
export async function examineDesign(
  raw: Json,
  state: 'published' | 'retired',
  context: DesignContext,
): Promise<{ readonly design: Design } | { readonly faults: readonly ProfileFault[] }> {
  if (!isJsonObject(raw)) return { faults: [new ProfileFault('', 'must be an object')] };
  const { faults, configurations } = await readEncodings(raw, state, context).catch((fault: unknown) => {
    if (fault instanceof ProfileFault) return { faults: [fault], configurations: [] };
    throw fault;
  });
  const [first] = configurations;
  const unique = new Map(faults.map((fault) => [fault.message, fault]));
  if (unique.size > 0 || !first) return { faults: [...unique.values()] };
  const { id, version } = first;
  return { design: { id, version, configurations, documents: configurations.flatMap(({ documents }) => documents) } };
}
