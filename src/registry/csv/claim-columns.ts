import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize } from 'node:path';
import type { Json } from '../../lib/json.ts';

export type ColumnType = 'text' | 'integer' | 'number' | 'boolean' | 'date' | 'list' | 'json' | 'image';
export type ColumnClaim = string | { readonly column: string; readonly type?: ColumnType };

/** Where the value of a claim stands: a column, one column per language, or an object of columns. */
export type ClaimColumns =
  | ColumnClaim
  | { readonly languages: readonly { readonly column: string; readonly language?: string; readonly languageColumn?: string }[] }
  | { readonly members: Readonly<Record<string, ColumnClaim>> };

/** The value of a column in one row; empty when there is none. */
export type ReadColumn = (column: string) => string;

/** One column a claim needs: `check` says what is wrong with a value that is not empty. */
export interface NeededColumn {
  readonly column: string;
  readonly check: (value: string) => string | undefined;
}

export interface ClaimReader {
  readonly needs: readonly NeededColumn[];
  /** `undefined` when the row has no value. */
  read(row: ReadColumn): Promise<Json | undefined>;
}

const largestImage = 1_048_576;
const anyText = () => undefined;

/** A calendar date that exists: YYYY, YYYY-MM or YYYY-MM-DD. */
export function isDate(text: string): boolean {
  if (!/^\d{4}(-\d{2}(-\d{2})?)?$/.test(text)) return false;
  const [year = '', month = '01', day = '01'] = text.split('-');
  const date = new Date(`${year}-${month}-${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(`${year}-${month}-${day}`);
}

function parseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const isImagePath = (path: string) => !isAbsolute(path) && !normalize(path).startsWith('..') && /\.(png|jpe?g)$/i.test(path);

const checks: Readonly<Record<ColumnType, (value: string) => string | undefined>> = {
  text: anyText,
  list: anyText,
  integer: (value) => (/^-?\d{1,15}$/.test(value) ? undefined : 'is not a whole number.'),
  number: (value) => (/^-?\d{1,15}(\.\d{1,15})?$/.test(value) ? undefined : 'is not a number such as 12 or 3.5.'),
  boolean: (value) => (value === 'true' || value === 'false' ? undefined : 'is neither true nor false.'),
  date: (value) => (isDate(value) ? undefined : 'is not a date such as 1988, 1988-03 or 1988-03-27.'),
  json: (value) => (parseJson(value) === undefined ? 'is not JSON.' : undefined),
  image: (value) => (isImagePath(value) ? undefined : 'is not the path of a PNG or JPEG file below the folder of the CSV file.'),
};

/** The image as a data URI (RFC 2397); its kind is taken from its bytes, not from its name. */
async function readImage(file: string): Promise<string> {
  const bytes = await readFile(file);
  if (bytes.byteLength > largestImage) throw new Error('An image is too large.');
  const kind = bytes.subarray(0, 4).equals(Buffer.from([0x89, 0x50, 0x4e, 0x47])) ? 'png' : 'jpeg';
  if (kind === 'jpeg' && !bytes.subarray(0, 3).equals(Buffer.from([0xff, 0xd8, 0xff])))
    throw new Error('An image is neither PNG nor JPEG.');
  return `data:image/${kind};base64,${bytes.toString('base64')}`;
}

async function typedValue(text: string, type: ColumnType, folder: string): Promise<Json | undefined> {
  if (text === '') return undefined;
  if (type === 'integer' || type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true';
  if (type === 'json') return parseJson(text);
  if (type === 'image') return readImage(join(folder, text));
  if (type !== 'list') return text;
  return text
    .split(';')
    .map((part) => part.trim())
    .filter((part) => part !== '');
}

function columnReader(claim: ColumnClaim, folder: string): ClaimReader {
  const { column, type = 'text' } = typeof claim === 'string' ? { column: claim } : claim;
  return { needs: [{ column, check: checks[type] }], read: (row) => typedValue(row(column), type, folder) };
}

function languagesReader({ languages }: Extract<ClaimColumns, { languages: unknown }>): ClaimReader {
  return {
    needs: languages.flatMap(({ column, languageColumn }) =>
      [column, ...(languageColumn === undefined ? [] : [languageColumn])].map((name) => ({ column: name, check: anyText })),
    ),
    async read(row) {
      const list = languages.flatMap(({ column, language, languageColumn }) => {
        const tag = languageColumn === undefined ? language : row(languageColumn);
        const value = row(column);
        return value === '' ? [] : [{ language: tag || 'und', value }];
      });
      return list.length === 0 ? undefined : list;
    },
  };
}

function membersReader({ members }: Extract<ClaimColumns, { members: unknown }>, folder: string): ClaimReader {
  const readers = Object.entries(members).map(([name, member]) => [name, columnReader(member, folder)] as const);
  return {
    needs: readers.flatMap(([, { needs }]) => needs),
    async read(row) {
      const values: Record<string, Json> = {};
      for (const [name, reader] of readers) {
        const value = await reader.read(row);
        if (value !== undefined) values[name] = value;
      }
      return Object.keys(values).length === 0 ? undefined : values;
    },
  };
}

/** Makes the reader of one claim; `file` is the CSV file, beside which images lie. */
export function createClaimReader(claim: ClaimColumns, file: string): ClaimReader {
  const folder = dirname(file);
  if (typeof claim === 'object' && 'languages' in claim) return languagesReader(claim);
  if (typeof claim === 'object' && 'members' in claim) return membersReader(claim, folder);
  return columnReader(claim, folder);
}
