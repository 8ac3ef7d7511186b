import { type Static, Type } from 'typebox';
import { ClaimFault, ProfileFault } from '../../formats/format.ts';
import type { Cbor } from '../../lib/cbor.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import type { Claims } from '../../registry/registry.ts';
import { compileMapping, type LookupTables } from '../claims-mapping.ts';
import type { MappingMoment } from '../mapping-functions.ts';
import { type Attribute, attributeNames, findAttribute } from './attributes.ts';
import { longestClaim169, type QrAlgorithm, type QrSigner, type Statement, sealClaim169 } from './claim169.ts';
import { alphanumericCapacity } from './qr-capacity.ts';

const closed = { additionalProperties: false };
/** No QR code holds more bytes. */
const maximumBytes = 2953;

/** The QR codes of a credential type: each an entry of its own, with its own signature (features B57). */
export const QrSettings = Type.Array(
  Type.Object(
    {
      path: Type.Array(Type.String({ minLength: 1 }), { minItems: 1, maxItems: 4 }),
      algorithm: Type.Union([Type.Literal('ES256'), Type.Literal('EdDSA')]),
      version: Type.Integer({ minimum: 1, maximum: 40 }),
      errorCorrection: Type.Union([Type.Literal('L'), Type.Literal('M'), Type.Literal('Q'), Type.Literal('H')]),
      attributes: Type.Record(
        Type.String(),
        Type.Object({ value: Type.Unknown(), maximumBytes: Type.Optional(Type.Integer({ minimum: 1, maximum: maximumBytes })) }, closed),
        { minProperties: 1 },
      ),
    },
    closed,
  ),
  { minItems: 1, maxItems: 4 },
);
type Settings = Static<typeof QrSettings>[number];

/** One QR code made ready. */
export interface QrCode {
  /** Where its text stands among the claims. */
  readonly path: readonly string[];
  readonly algorithm: QrAlgorithm;
  /** Names of the registry's claims it is made of. */
  readonly names: readonly string[];
  /** Its text; `undefined` when nothing of it is known. Throws `ClaimFault` for a value that does not fit. */
  seal(key: QrSigner['key'], statement: Statement, values: Claims, moment: MappingMoment): Promise<string | undefined>;
}

interface Slot {
  readonly name: string;
  readonly attribute: Attribute;
  readonly maximum: number;
}

function readSlot(name: string, { maximumBytes: maximum }: Settings['attributes'][string], pointer: string): Slot {
  const attribute = findAttribute(name);
  if (!attribute) throw new ProfileFault(pointer, `is none of ${attributeNames.join(', ')}`);
  if (attribute.bounded !== (maximum !== undefined))
    throw new ProfileFault(
      `${pointer}/maximumBytes`,
      attribute.bounded ? 'is needed: a value may be of any length' : 'is given by the attribute',
    );
  return { name, attribute, maximum: maximum ?? 0 };
}

/** The mapping of one code; a fault in it is named where it stands. */
function compileValues(attributes: Settings['attributes'], tables: LookupTables | undefined, pointer: string) {
  try {
    return compileMapping(Object.fromEntries(Object.entries(attributes).map(([name, { value }]) => [name, value as Json])), tables);
  } catch (fault) {
    if (!(fault instanceof ProfileFault)) throw fault;
    const [, , name = '', ...rest] = fault.pointer.split('/');
    throw new ProfileFault([`${pointer}/${name}/value`, ...rest].join('/'), fault.reason);
  }
}

function compileOne(settings: Settings, issuer: string, tables: LookupTables | undefined, pointer: string): QrCode {
  const { path, algorithm, version, errorCorrection, attributes } = settings;
  const slots = Object.entries(attributes).map(([name, entry]) => readSlot(name, entry, `${pointer}/attributes/${name}`));
  const twice = slots.find(({ attribute }, index) => slots.findIndex((other) => other.attribute === attribute) !== index);
  if (twice) throw new ProfileFault(`${pointer}/attributes/${twice.name}`, 'stands there a second time');
  const { names, evaluate } = compileValues(attributes, tables, `${pointer}/attributes`);
  const longest = longestClaim169(issuer, new Map(slots.flatMap(({ attribute, maximum }) => [...attribute.worst(maximum)])));
  const capacity = alphanumericCapacity(version, errorCorrection);
  // standards QR-4: said now, and not when the first person with a long name comes.
  if (longest > capacity)
    throw new ProfileFault(pointer, `may need ${longest} characters, and version ${version} at level ${errorCorrection} holds ${capacity}`);
  const write = ({ name, attribute, maximum }: Slot, value: Json): readonly (readonly [number, Cbor])[] => {
    try {
      return [...attribute.write(value, maximum)];
    } catch (fault) {
      throw fault instanceof ClaimFault ? new ClaimFault(`${name} of the QR code at ${path.join('.')} ${fault.message}`) : fault;
    }
  };
  return {
    path,
    algorithm,
    names,
    async seal(key, statement, values, moment) {
      const made = evaluate(values, moment);
      const identity = new Map(slots.flatMap((slot) => (made[slot.name] === undefined ? [] : write(slot, made[slot.name] as Json))));
      return identity.size === 0 ? undefined : sealClaim169({ algorithm, key }, statement, identity);
    },
  };
}

/** Reads the codes of a type. Throws `ProfileFault`. */
export function compileQrCodes(raw: readonly Settings[], issuer: string, tables?: LookupTables): readonly QrCode[] {
  return raw.map((settings, index) => compileOne(settings, issuer, tables, `/qr/${index}`));
}

/** The claims with a value at a path; the way to it is made where it is not there yet. */
function withValue(claims: JsonObject, [name = '', ...rest]: readonly string[], value: Json): JsonObject {
  const below = Object.hasOwn(claims, name) ? claims[name] : undefined;
  return { ...claims, [name]: rest.length === 0 ? value : withValue(isJsonObject(below) ? below : {}, rest, value) };
}

/** What the codes of one credential are made with. */
export interface QrMaking {
  readonly values: Claims;
  readonly moment: MappingMoment;
  readonly statement: Statement;
  readonly keyOf: (algorithm: QrAlgorithm) => Promise<QrSigner['key']>;
}

/** The claims with every code in its place. Throws `ClaimFault`. */
export async function placeQrCodes(
  claims: JsonObject,
  codes: readonly QrCode[],
  { values, moment, statement, keyOf }: QrMaking,
): Promise<JsonObject> {
  let placed = claims;
  for (const code of codes) {
    const text = await code.seal(await keyOf(code.algorithm), statement, values, moment);
    if (text !== undefined) placed = withValue(placed, code.path, text);
  }
  return placed;
}

/** The mapping as it stands in the document, with a text where each code will be. Throws `ProfileFault` where something is already. */
export function withPlaces(mapping: JsonObject, codes: readonly QrCode[]): JsonObject {
  return codes.reduce((tree, { path }, index) => {
    let node: Json | undefined = tree;
    for (const name of path) {
      if (node === undefined) break;
      if (!isJsonObject(node) || Object.keys(node).some((member) => member.startsWith('$')))
        throw new ProfileFault(`/qr/${index}/path`, 'goes through a value of the mapping');
      node = Object.hasOwn(node, name) ? node[name] : undefined;
    }
    if (node !== undefined) throw new ProfileFault(`/qr/${index}/path`, 'is made by the mapping already');
    return withValue(tree, path, 'QR code');
  }, mapping);
}
