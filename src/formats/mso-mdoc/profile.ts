import { encodeCbor } from '../../lib/cbor.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { type ClaimPath, ProfileFault, readAlgorithm, type TypeContext } from '../format.ts';
import { findMandatory } from './doctypes.ts';
import { type Element, type Encoding, type MsoMdocProfile, mdocAlgorithms, type Namespace, type Scalar, scalars } from './elements.ts';
import { findPlace, leavesOf, startsWith } from './places.ts';

const maximumDepth = 8;
const namePattern = /^[A-Za-z0-9_.:-]{1,128}$/;

function byEncoding(a: { readonly name: string }, b: { readonly name: string }): number {
  return Buffer.compare(encodeCbor(a.name), encodeCbor(b.name));
}

function checkName(name: string, pointer: string): void {
  if (!namePattern.test(name)) throw new ProfileFault(pointer, 'is a name of letters, digits, dots, colons, hyphens and underscores');
}

function readMembers(raw: Json | undefined, pointer: string): readonly (readonly [string, Json])[] {
  if (!isJsonObject(raw) || Object.keys(raw).length === 0) throw new ProfileFault(pointer, 'must be an object with members');
  for (const name of Object.keys(raw)) checkName(name, `${pointer}/${name}`);
  return Object.entries(raw);
}

function readEncoding(raw: Json | undefined, pointer: string, depth: number): Encoding {
  if (depth > maximumDepth) throw new ProfileFault(pointer, 'is too deep');
  if (typeof raw === 'string' && (scalars as readonly string[]).includes(raw)) return { kind: raw as Scalar };
  const [[kind, inner] = [], ...others] = isJsonObject(raw) ? Object.entries(raw) : [];
  if (others.length === 0 && kind === 'list') return { kind, element: readEncoding(inner, `${pointer}/list`, depth + 1) };
  if (others.length === 0 && kind === 'map') return { kind, members: readElements(inner, `${pointer}/map`, depth + 1) };
  throw new ProfileFault(pointer, `is none of ${scalars.join(', ')}, {"list": …}, {"map": …}`);
}

function readElement(name: string, raw: Json, pointer: string, depth: number): Element {
  if (!isJsonObject(raw)) throw new ProfileFault(pointer, 'must be an object');
  const { claim, encoding, ...unknown } = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`${pointer}/${extra}`, 'is not known; claim and encoding are');
  const isStep = (step: Json) => typeof step === 'string' || (typeof step === 'number' && Number.isInteger(step) && step >= 0);
  // A data element needs a claim; a member may be made of the whole value its structure stands for.
  if (!Array.isArray(claim) || !claim.every(isStep) || (claim.length === 0 && depth === 0))
    throw new ProfileFault(`${pointer}/claim`, 'must be the path of a claim: member names and element numbers');
  return { name, claim: claim as readonly (string | number)[], encoding: readEncoding(encoding, `${pointer}/encoding`, depth) };
}

function readElements(raw: Json | undefined, pointer: string, depth: number): readonly Element[] {
  return readMembers(raw, pointer)
    .map(([name, element]) => readElement(name, element, `${pointer}/${name}`, depth))
    .sort(byEncoding);
}

/** standards MD-10: a doctype of ISO/IEC 18013-5 holds what the standard says, written as it says. */
function checkDoctype({ doctype, namespaces }: MsoMdocProfile): void {
  const mandatory = findMandatory(doctype);
  if (!mandatory) return;
  const pointer = `/profile/namespaces/${mandatory.namespace}`;
  const elements = namespaces.find(({ name }) => name === mandatory.namespace)?.elements ?? [];
  for (const [name, kinds] of Object.entries(mandatory.elements)) {
    const element = elements.find((entry) => entry.name === name);
    if (!element) throw new ProfileFault(pointer, `lacks ${name}, which the doctype ${doctype} holds`);
    if (!kinds.includes(element.encoding.kind)) throw new ProfileFault(`${pointer}/${name}/encoding`, `must be ${kinds.join(' or ')}`);
  }
}

/** Every claim of the type has its place in the encoding, and every element a claim of the type. */
function checkPlaces({ namespaces }: MsoMdocProfile, { rules }: TypeContext): void {
  const leaves = namespaces.flatMap(({ name, elements }) =>
    elements.flatMap((element) =>
      leavesOf(element).map((path) => ({ path, pointer: `/profile/namespaces/${name}/${element.name}/claim` })),
    ),
  );
  const undescribed = leaves.find(({ path }) => !rules.some((rule) => startsWith(path, rule.path)));
  if (undescribed) throw new ProfileFault(undescribed.pointer, 'is described by no entry of claims');
  const taken = new Set<string>();
  for (const [index, { path }] of rules.entries()) {
    const pointer = `/claims/${index}/path`;
    const place: ClaimPath | undefined = findPlace(namespaces, path);
    if (!place && !leaves.some((leaf) => startsWith(leaf.path, path)))
      throw new ProfileFault(pointer, 'is carried by no element of the profile');
    // Two descriptions of one place would contradict each other (standards VX-1).
    if (place && taken.has(JSON.stringify(place))) throw new ProfileFault(pointer, 'is carried where another claim is');
    if (place) taken.add(JSON.stringify(place));
  }
}

/** Reads `{doctype, algorithm?, namespaces: {<namespace>: {<element>: {claim, encoding}}}}`. */
export function readProfile(raw: Json, type: TypeContext): MsoMdocProfile {
  if (!isJsonObject(raw)) throw new ProfileFault('/profile', 'must be an object');
  const { doctype, algorithm: named, namespaces: listed, ...unknown }: JsonObject = raw;
  const [extra] = Object.keys(unknown);
  if (extra) throw new ProfileFault(`/profile/${extra}`, 'is not known; doctype, algorithm and namespaces are');
  if (typeof doctype !== 'string') throw new ProfileFault('/profile/doctype', 'must be the name of a document type');
  checkName(doctype, '/profile/doctype');
  const namespaces = readMembers(listed, '/profile/namespaces')
    .map(([name, elements]): Namespace => ({ name, elements: readElements(elements, `/profile/namespaces/${name}`, 0) }))
    .sort(byEncoding);
  const profile = { doctype, algorithm: readAlgorithm(named, mdocAlgorithms), namespaces };
  checkDoctype(profile);
  checkPlaces(profile, type);
  return profile;
}
