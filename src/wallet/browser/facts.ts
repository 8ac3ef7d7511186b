import { findReader } from '../../formats/browser/readers.ts';
import { describedMember, type HeldDocument, isMembers, nameIn } from './document.ts';

/** How a value is hidden until its owner shows it (look.md, Voice). */
export type Mask = 'open' | 'initials' | 'year' | 'end' | 'hidden';

/** One line of a document. */
export interface Fact {
  readonly label: string;
  readonly values: readonly unknown[];
  readonly mask: Mask;
}

/** What a document says, in the order of its issuer. */
export interface Facts {
  readonly bearer: string | undefined;
  readonly birthYear: string | undefined;
  /** A `data:` address of an image. */
  readonly portrait: string | undefined;
  readonly rows: readonly Fact[];
}

type Path = readonly (string | null)[];

const datePattern = /^\d{4}(-\d{2}(-\d{2})?)?$/;
const imagePattern = /^data:image\/(png|jpeg|webp);base64,/;
/** Members that identify nobody by themselves. */
const harmless =
  /(^|_)(region|locality|country|nationalit(y|ies)|level|field|honours|category|class|classes|crops|city|state|authority|distinguishing_sign|category_code)$/;
/** Members that name one person or thing among all, whether written as text or as a number. */
const identifying = /number|(^|_)id$|identifier/;
const personName = /^(full_|given_|family_|first_|last_|middle_|birth_)?names?(_.*)?$/;

/** The rule for a claim by its place and value: what could point to a person is hidden unless known to be harmless. */
export function maskOf(path: Path, value: unknown): Mask {
  const name = path.findLast((step) => step !== null) ?? '';
  // A count or a yes says little of a person; a number that identifies one says all.
  if (typeof value !== 'string') return typeof value === 'number' && identifying.test(name) ? 'end' : 'open';
  if (datePattern.test(value)) return /until|expir|valid|issu/.test(name) ? 'open' : 'year';
  if (harmless.test(name) || (path[0] === 'degree' && path.length > 1)) return 'open';
  if (personName.test(name)) return 'initials';
  if (identifying.test(name)) return 'end';
  return 'hidden';
}

/** The values at a path of claims (OpenID4VCI 1.0 appendix C); null stands for every element. */
export function valuesAt(claims: unknown, path: Path): readonly unknown[] {
  const [step, ...rest] = path;
  if (step === undefined) return Array.isArray(claims) ? claims.flatMap((entry) => valuesAt(entry, [])) : [claims];
  if (step === null) return Array.isArray(claims) ? claims.flatMap((entry) => valuesAt(entry, rest)) : [];
  return isMembers(claims) && Object.hasOwn(claims, step) ? valuesAt(claims[step], rest) : [];
}

interface Described {
  readonly path: Path;
  readonly display: unknown;
}

/** Where each claim begins: in a group below its name, otherwise at the top. */
function beginnings({ claims, groups = [] }: HeldDocument): readonly (readonly string[])[] {
  return Object.entries(claims).flatMap(([name, value]) =>
    groups.includes(name) && isMembers(value) ? Object.keys(value).map((member) => [name, member]) : [[name]],
  );
}

/** The claims without their groups, so that a name is found wherever an encoding puts it. */
function ungrouped(document: HeldDocument): HeldDocument['claims'] {
  return Object.fromEntries(beginnings(document).map((path) => [path.at(-1) ?? '', valuesAt(document.claims, path)[0]]));
}

function described(document: HeldDocument): readonly Described[] {
  const { configuration } = document;
  const listed = describedMember(configuration, 'claims');
  const placeOf = findReader(configuration)?.placeOf ?? ((path) => path);
  const known = (Array.isArray(listed) ? listed : []).filter(isMembers).flatMap(({ path: described, display }): Described[] => {
    const path = Array.isArray(described) ? placeOf(described) : [];
    const good = path.length > 0 && path.every((step) => step === null || typeof step === 'string');
    return good ? [{ path: path as Path, display }] : [];
  });
  const whole = new Set(known.map(({ path }) => JSON.stringify(path)));
  // Elements of a list are shown with the list, once.
  const lines = known.filter(({ path }) => path.at(-1) !== null || !whole.has(JSON.stringify(path.slice(0, -1))));
  const others = beginnings(document).filter((begin) => !known.some(({ path }) => begin.every((step, index) => path[index] === step)));
  return [...lines, ...others.map((path) => ({ path, display: undefined }))];
}

const readable = (name: string) => {
  const words = name.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
};
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

/** The bearer's name as on record: the whole of it, or its parts. One part is enough (quality LG7). */
function bearerOf(claims: HeldDocument['claims']): string | undefined {
  for (const name of ['full_name', 'name']) if (isText(claims[name])) return claims[name];
  const parts = [claims.given_name, claims.family_name].filter(isText);
  return parts.length > 0 ? parts.join(' ') : undefined;
}

export function factsOf(document: HeldDocument, language: string): Facts {
  const { claims, groups = [] } = document;
  const named = ungrouped(document);
  const bearer = bearerOf(named);
  const birth = named.birthdate ?? named.birth_date;
  let portrait: string | undefined;
  const rows: Fact[] = [];
  for (const { path, display } of described(document)) {
    const values = valuesAt(claims, path).filter((value) => value !== null && value !== '' && !isMembers(value));
    const [first] = values;
    if (first === undefined) continue;
    if (isText(first) && imagePattern.test(first)) portrait ??= first;
    else if (!(first === bearer && path.length === (groups.includes(String(path[0])) ? 2 : 1)))
      rows.push({
        label: nameIn(display, language) ?? readable(path.findLast((step) => step !== null) ?? ''),
        values,
        mask: maskOf(path, first),
      });
  }
  return { bearer, birthYear: isText(birth) && datePattern.test(birth) ? birth.slice(0, 4) : undefined, portrait, rows };
}
