import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { ClaimFault, type ClaimPath, type ClaimRule, ProfileFault } from '../format.ts';
import type { LdpVcProfile } from './profile.ts';
import { isReservedName } from './shape.ts';

/** A place where the type has a value, and how the type document calls it. */
interface Place {
  readonly pointer: string;
  /** From the subject down. */
  readonly path: ClaimPath;
  /** Only the types that stand there as constants are meant. */
  readonly types?: true;
}

const token = (name: string) => name.replaceAll('~', '~0').replaceAll('/', '~1');
const isCall = (node: JsonObject) => Object.keys(node).some((name) => name.startsWith('$'));

/** Every value the mapping makes. */
function placesOf(node: Json, pointer: string, path: ClaimPath): readonly Place[] {
  if (Array.isArray(node)) return node.flatMap((entry: Json, index) => placesOf(entry, `${pointer}/${index}`, [...path, null]));
  if (!isJsonObject(node) || isCall(node)) return [{ pointer, path }];
  return Object.entries(node).flatMap(([name, entry]) => {
    const below = `${pointer}/${token(name)}`;
    if (isReservedName(name) || (path.length === 0 && name === 'id')) throw new ProfileFault(below, 'is a reserved name');
    return name === 'type' ? [{ pointer: below, path, types: true as const }] : placesOf(entry, below, [...path, name]);
  });
}

/** The types the mapping writes as constants: they decide what the names beside them mean. */
function constantTypes(node: Json | undefined): JsonObject {
  if (!isJsonObject(node) || isCall(node)) return {};
  const { type } = node;
  return typeof type === 'string' || Array.isArray(type) ? { type: type as Json } : {};
}

const at = (node: Json | undefined, step: string | number | null): Json | undefined =>
  isJsonObject(node) && typeof step === 'string' ? node[step] : Array.isArray(node) ? (node as readonly Json[])[0] : undefined;

/** A subject that holds one value at the end of a path, with the types on the way. */
function subjectWith(path: ClaimPath, mapping: Json | undefined, value: Json | undefined): Json {
  const [step, ...rest] = path;
  if (step === undefined) return value ?? constantTypes(mapping);
  const below = subjectWith(rest, at(mapping, step), value);
  return typeof step === 'string' ? { ...constantTypes(mapping), [step]: below } : [below];
}

const mark = 'urn:chancery:term';
/** A term may want a text, a number (a text would become NaN), or a text per language. */
const samples: readonly Json[] = [mark, 7301.5, { en: mark }];
const traces = /urn:chancery:term|7\.3015E3/;

async function faultOf(work: Promise<unknown>): Promise<string | undefined> {
  try {
    await work;
    return undefined;
  } catch (fault) {
    if (fault instanceof ClaimFault) return fault.message;
    throw fault;
  }
}

/** The frame of a credential of the type, with nothing said of the subject but its name. */
function frame(contexts: readonly string[], types: readonly string[], subject: JsonObject): JsonObject {
  return {
    '@context': contexts,
    id: 'urn:chancery:credential',
    type: types,
    issuer: 'did:web:issuer.example',
    credentialSubject: { id: 'did:example:holder', ...subject },
  };
}

async function checkFrame({ contexts, types, jsonLd }: LdpVcProfile): Promise<void> {
  for (let count = 1; count <= contexts.length; count += 1) {
    const fault = await faultOf(jsonLd.dataset(frame(contexts.slice(0, count), ['VerifiableCredential'], {})));
    if (fault) throw new ProfileFault(`/profile/contexts/${Math.max(0, count - 2)}`, `does not go with the contexts before it (${fault})`);
  }
  for (const [index, type] of types.slice(1).entries()) {
    const fault = await faultOf(jsonLd.dataset(frame(contexts, ['VerifiableCredential', type], {})));
    if (fault) throw new ProfileFault(`/profile/types/${index}`, `is defined by none of the contexts (${fault})`);
  }
}

/** Why the value at a place would not be carried; `undefined` when one of the samples is. */
async function lossAt({ contexts, types, jsonLd }: LdpVcProfile, mapping: Json, place: Place): Promise<string | undefined> {
  const dataset = (value?: Json) => jsonLd.dataset(frame(contexts, types, subjectWith(place.path, mapping, value) as JsonObject));
  if (place.types) return faultOf(dataset());
  let first: string | undefined;
  for (const sample of samples) {
    const fault = await faultOf(
      dataset(sample).then((quads) => {
        if (!traces.test(JSON.stringify(quads))) throw new ClaimFault('JSON-LD cannot carry the claims: it vanishes');
      }),
    );
    if (!fault) return undefined;
    first ??= fault;
  }
  return first;
}

/**
 * standards LD-5: every name the mapping makes, and every name the claims describe, means something in the contexts of the type.
 * One at a time, so that the first that does not can be named. Throws `ProfileFault`.
 */
export async function checkTerms(profile: LdpVcProfile, { mapping, rules }: { mapping: Json; rules: readonly ClaimRule[] }): Promise<void> {
  await checkFrame(profile);
  const described = rules.map(({ path }, index): Place => ({ pointer: `/claims/${index}/path`, path }));
  for (const place of [...placesOf(mapping, '/mapping', []), ...described]) {
    const loss = await lossAt(profile, mapping, place);
    if (loss) throw new ProfileFault(place.pointer, `has a name to which the contexts of the type give no meaning (${loss})`);
  }
}
