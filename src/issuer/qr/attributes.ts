import { ClaimFault } from '../../formats/format.ts';
import type { Cbor } from '../../lib/cbor.ts';
import type { Json } from '../../lib/json.ts';

/** One attribute of the identity map (MOSIP Claim 169, table 1). */
export interface Attribute {
  readonly key: number;
  /** Whether its length is the registry's to decide, so that a type has to bound it. */
  readonly bounded: boolean;
  /** What a value becomes, with whatever else it says; throws `ClaimFault`, which names no value. */
  readonly write: (value: Json, maximum: number) => ReadonlyMap<number, Cbor>;
  /** The longest that `write` can make. */
  readonly worst: (maximum: number) => ReadonlyMap<number, Cbor>;
}

const text = (key: number): Attribute => ({
  key,
  bounded: true,
  write(value, maximum) {
    const written = typeof value === 'number' ? String(value) : value;
    if (typeof written !== 'string' || !written.isWellFormed()) throw new ClaimFault('is no text');
    if (Buffer.byteLength(written) > maximum) throw new ClaimFault(`is longer than its maximum of ${maximum} bytes`);
    return new Map([[key, written]]);
  },
  worst: (maximum) => new Map([[key, 'x'.repeat(maximum)]]),
});

/** YYYYMMDD; a date that is known to the year or month only has no such form. */
const date = (key: number): Attribute => ({
  key,
  bounded: false,
  write(value) {
    const [, year, month, day] = (typeof value === 'string' && /^(\d{4})-?(\d{2})-?(\d{2})$/.exec(value)) || [];
    if (!year) throw new ClaimFault('is no date of a day');
    return new Map([[key, `${year}${month}${day}`]]);
  },
  worst: () => new Map([[key, '00000000']]),
});

/** A number that stands for a word; either is taken. */
const code = (key: number, words: readonly string[]): Attribute => ({
  key,
  bounded: false,
  write(value) {
    const number = typeof value === 'string' ? words.indexOf(value.toLowerCase()) + 1 : value;
    if (typeof number !== 'number' || !Number.isInteger(number) || number < 1 || number > words.length)
      throw new ClaimFault(`is none of ${words.join(', ')}`);
    return new Map([[key, number]]);
  },
  worst: () => new Map([[key, words.length]]),
});

function readPicture(value: Json, maximum: number): { readonly type: string; readonly bytes: Uint8Array } {
  const [, type = '', data = ''] =
    (typeof value === 'string' && /^data:image\/(png|jpeg|webp|avif);base64,([A-Za-z0-9+/]+=*)$/.exec(value)) || [];
  if (type === '') throw new ClaimFault('is no picture of a kind the code can carry');
  const bytes = Buffer.from(data, 'base64');
  if (bytes.byteLength > maximum) throw new ClaimFault(`is larger than its maximum of ${maximum} bytes`);
  return { type, bytes };
}

/** The photo as bytes, as its name and example have it, and its format beside it. */
const photo: Attribute = {
  key: 16,
  bounded: true,
  write(value, maximum) {
    const { type, bytes } = readPicture(value, maximum);
    const format = { jpeg: 1, avif: 3, webp: 4 }[type];
    if (format === undefined) throw new ClaimFault('is no picture of a kind the code can carry');
    return new Map<number, Cbor>([
      [16, bytes],
      [17, format],
    ]);
  },
  worst: (maximum) =>
    new Map<number, Cbor>([
      [16, new Uint8Array(maximum)],
      [17, 4],
    ]),
};

/** Data, data format (0: image) and sub-format of one record. */
const record = (bytes: Uint8Array, format: number): Cbor => [
  new Map<number, Cbor>([
    [0, bytes],
    [1, 0],
    [2, format],
  ]),
];

const biometric = (key: number): Attribute => ({
  key,
  bounded: true,
  write(value, maximum) {
    const { type, bytes } = readPicture(value, maximum);
    return new Map([[key, record(bytes, { png: 0, jpeg: 1, avif: 3, webp: 4 }[type] ?? 0)]]);
  },
  worst: (maximum) => new Map([[key, record(new Uint8Array(maximum), 4)]]),
});

/** Hand positions 0 to 10, each once. */
const fingers: Attribute = {
  key: 18,
  bounded: false,
  write(value) {
    const good = Array.isArray(value) && new Set(value).size === value.length;
    if (!good || !value.every((finger) => Number.isInteger(finger) && finger >= 0 && finger <= 10))
      throw new ClaimFault('is no list of hand positions');
    return new Map([[18, value as readonly number[]]]);
  },
  worst: () => new Map([[18, Array.from({ length: 11 }, (_, finger) => finger)]]),
};

const hand = (side: string, first: number) =>
  ['Thumb', 'Pointer Finger', 'Middle Finger', 'Ring Finger', 'Little Finger'].map(
    (finger, index) => [`${side} ${finger}`, biometric(first + index)] as const,
  );

const named: readonly (readonly [string, Attribute])[] = [
  ['ID', text(1)],
  ['Version', text(2)],
  ['Language', text(3)],
  ['Full Name', text(4)],
  ['First Name', text(5)],
  ['Middle Name', text(6)],
  ['Last Name', text(7)],
  ['Date of Birth', date(8)],
  ['Gender', code(9, ['male', 'female', 'others'])],
  ['Address', text(10)],
  ['Email ID', text(11)],
  ['Phone Number', text(12)],
  ['Nationality', text(13)],
  ['Marital Status', code(14, ['unmarried', 'married', 'divorced'])],
  ['Guardian', text(15)],
  ['Binary Image', photo],
  ['Best Quality Fingers', fingers],
  ...hand('Right', 50),
  ...hand('Left', 55),
  ['Right Iris', biometric(60)],
  ['Left Iris', biometric(61)],
  ['Face', biometric(62)],
  ['Right Palm Print', biometric(63)],
  ['Left Palm Print', biometric(64)],
];

/** By the name in the specification, without case: Inji writes `Date Of Birth`. */
const attributes = new Map(named.map(([name, attribute]) => [name.toLowerCase(), attribute]));
export const attributeNames: readonly string[] = named.map(([name]) => name);

export const findAttribute = (name: string): Attribute | undefined => attributes.get(name.toLowerCase());
