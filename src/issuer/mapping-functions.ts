import { isJsonObject, type Json } from '../lib/json.ts';

/** What a function may look at besides its arguments. */
export interface MappingMoment {
  readonly now: Date;
  /** Until when the credential will be valid, where that is known. */
  readonly expiresAt?: Date;
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

/** How registries write dates besides ISO 8601: year, month and day by their order, whatever stands between them. */
const dateOrders: Readonly<Record<string, RegExp>> = {
  DMY: /^(?<day>\d{1,2})[./ -](?<month>\d{1,2})[./ -](?<year>\d{4})$/,
  MDY: /^(?<month>\d{1,2})[./ -](?<day>\d{1,2})[./ -](?<year>\d{4})$/,
  YMD: /^(?<year>\d{4})[./ -]?(?<month>\d{2})[./ -]?(?<day>\d{2})$/,
};

/** A day that the calendar has, as ISO 8601 writes it. */
function readDate(text: string, order: string): string | undefined {
  const pattern = Object.hasOwn(dateOrders, order) ? dateOrders[order] : undefined;
  const { year = '', month = '', day = '' } = pattern?.exec(text.trim())?.groups ?? {};
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const date = new Date(`${iso}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(iso) ? iso : undefined;
}

const dayOf = (date: Date | undefined): string | undefined => date?.toISOString().slice(0, 10);

const isImage = (value: Json): value is string =>
  typeof value === 'string' && value.length <= maximumImage && /^data:image\/(?:png|jpeg|webp);base64,[A-Za-z0-9+/]+=*$/.test(value);

/** Bytes of the picture itself (RFC 4648 §4). */
function imageBytes(image: string): number {
  const base64 = image.slice(image.indexOf(',') + 1).replace(/=+$/, '');
  return Math.floor((base64.length * 3) / 4);
}

/** Of several renditions of one picture the largest that fits: nothing is decoded, so a hostile picture meets no decoder here. */
function largestWithin(limit: number, renditions: readonly (Json | undefined)[]): string | undefined {
  const fitting = renditions
    .flat()
    .filter((value) => value !== undefined)
    .filter(isImage)
    .filter((image) => imageBytes(image) <= limit);
  return fitting.toSorted((a, b) => imageBytes(b) - imageBytes(a))[0];
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
      parameters: { least: 1, most: 2 },
      apply: ([date, order]) => {
        if (typeof date !== 'string') return undefined;
        if (order !== undefined) return typeof order === 'string' ? readDate(date, order) : undefined;
        return datePattern.test(date.slice(0, 10)) ? date.slice(0, 10) : undefined;
      },
    },
  ],
  ['valid_from', { parameters: { least: 0, most: 0 }, apply: (_values, { now }) => dayOf(now) }],
  ['valid_until', { parameters: { least: 0, most: 0 }, apply: (_values, { expiresAt }) => dayOf(expiresAt) }],
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
      // The table stands in the call, or bears a name among the type's tables; the third is for what no table has.
      parameters: { least: 2, most: 3 },
      apply: ([key, table, otherwise]) => {
        const name = textOf(key);
        if (!isJsonObject(table) || name === undefined) return undefined;
        return Object.hasOwn(table, name) ? table[name] : otherwise;
      },
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
      apply: ([image]) => (image !== undefined && isImage(image) ? image : undefined),
    },
  ],
  [
    'image_within',
    {
      parameters: { least: 2, most: 16 },
      apply: ([limit, ...renditions]) => (typeof limit === 'number' ? largestWithin(limit, renditions) : undefined),
    },
  ],
]);

function atLeast(age: number | undefined, years: number): boolean | undefined {
  return age === undefined ? undefined : age >= years;
}
