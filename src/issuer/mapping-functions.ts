import { isJsonObject, type Json } from '../lib/json.ts';

/** What a function may look at besides its arguments. */
export interface MappingMoment {
  readonly now: Date;
}

/** A pure, total function of the mapping language: `undefined` when an argument is absent or of another kind. */
export interface MappingFunction {
  readonly parameters: { readonly least: number; readonly most: number };
  readonly apply: (values: readonly (Json | undefined)[], moment: MappingMoment) => Json | undefined;
}

const datePattern = /^(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?$/;
const maximumText = 4096;
const maximumImage = 512 * 1024;

/** Never more than the bound, and never half of a character. */
const bounded = (text: string): string => (text.length <= maximumText ? text : text.slice(0, maximumText).replace(/[\ud800-\udbff]$/, ''));

const textOf = (value: Json | undefined): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;

/** Full years between a birth date and a day; a date that is only known to the year or month counts from its last day. */
function yearsSince(birth: string, now: Date): number | undefined {
  const [, year, month = '12', day = '31'] = datePattern.exec(birth) ?? [];
  if (!year) return undefined;
  const passed = now.getUTCFullYear() - Number(year);
  const reached = (now.getUTCMonth() + 1) * 100 + now.getUTCDate() >= Number(month) * 100 + Number(day);
  return reached ? passed : passed - 1;
}

/** BCP 47 look-up (RFC 4647 §3.4): the tag itself, then without its last part. */
function chooseLanguage(list: readonly Json[], tag: string): Json | undefined {
  const entries = list.filter(isJsonObject);
  for (let wanted = tag.toLowerCase(); wanted !== ''; wanted = wanted.slice(0, Math.max(0, wanted.lastIndexOf('-')))) {
    const found = entries.find(({ language }) => typeof language === 'string' && language.toLowerCase() === wanted);
    if (found) return found.value;
  }
  return undefined;
}

/** The closed list (design D13): a mapping that names anything else is refused when the type is read. */
export const mappingFunctions: ReadonlyMap<string, MappingFunction> = new Map<string, MappingFunction>([
  [
    'year',
    {
      parameters: { least: 1, most: 1 },
      apply: ([date]) => (typeof date === 'string' && datePattern.test(date) ? Number(date.slice(0, 4)) : undefined),
    },
  ],
  [
    'date',
    {
      parameters: { least: 1, most: 1 },
      apply: ([date]) => (typeof date === 'string' && datePattern.test(date.slice(0, 10)) ? date.slice(0, 10) : undefined),
    },
  ],
  [
    'language',
    {
      parameters: { least: 2, most: 2 },
      apply: ([list, tag]) =>
        Array.isArray(list) && typeof tag === 'string' ? chooseLanguage(list, tag) : typeof list === 'string' ? list : undefined,
    },
  ],
  [
    'join',
    {
      parameters: { least: 2, most: 16 },
      apply: ([separator, ...parts]) =>
        typeof separator === 'string' ? bounded(parts.flatMap((part) => textOf(part) ?? []).join(separator)) : undefined,
    },
  ],
  [
    'case',
    {
      parameters: { least: 2, most: 2 },
      apply: ([text, form]) =>
        typeof text !== 'string' ? undefined : form === 'upper' ? text.toUpperCase() : form === 'lower' ? text.toLowerCase() : undefined,
    },
  ],
  [
    'prefix',
    {
      parameters: { least: 2, most: 2 },
      apply: ([prefix, text]) => (typeof prefix === 'string' && textOf(text) !== undefined ? bounded(prefix + textOf(text)) : undefined),
    },
  ],
  [
    'lookup',
    {
      parameters: { least: 2, most: 2 },
      apply: ([key, table]) =>
        isJsonObject(table) && textOf(key) !== undefined && Object.hasOwn(table, textOf(key) as string)
          ? table[textOf(key) as string]
          : undefined,
    },
  ],
  [
    'age_at_least',
    {
      parameters: { least: 2, most: 2 },
      apply: ([birth, years], { now }) =>
        typeof birth === 'string' && typeof years === 'number' ? atLeast(yearsSince(birth, now), years) : undefined,
    },
  ],
  [
    'image',
    {
      parameters: { least: 1, most: 1 },
      apply: ([image]) =>
        typeof image === 'string' && image.length <= maximumImage && /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(image)
          ? image
          : undefined,
    },
  ],
]);

function atLeast(age: number | undefined, years: number): boolean | undefined {
  return age === undefined ? undefined : age >= years;
}
