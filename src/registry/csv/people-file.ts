import { readFile } from 'node:fs/promises';
import { suggestion } from '../../lib/nearest.ts';
import { StartFault } from '../../lib/start-fault.ts';
import type { NeededColumn, ReadColumn } from './claim-columns.ts';
import { CsvFault, type CsvRow, readCsv, readRowAt } from './read-csv.ts';

const mostFaults = 20;

export interface PeopleFile {
  readonly headings: readonly string[];
  readonly count: number;
  /** The row of the person with exactly this key. */
  find(key: string): ReadColumn | undefined;
  /** A row by its place, from 0. */
  at(index: number): ReadColumn;
}

/** Faults of one file, the first twenty, by row and column. */
class FileFaults {
  readonly #file: string;
  readonly #faults: string[] = [];
  constructor(file: string) {
    this.#file = file;
  }
  add(row: number, column: string | undefined, reason: string): void {
    this.#faults.push(`row ${row}${column === undefined ? '' : `, column ${column}`}: ${reason}`);
    if (this.#faults.length >= mostFaults) this.end();
  }
  end(cause?: unknown): void {
    if (this.#faults.length === 0) return;
    const more = this.#faults.length >= mostFaults ? [`and perhaps more; these are the first ${mostFaults}.`] : [];
    throw new StartFault(
      `The file ${this.#file} cannot be used:\n${[...this.#faults, ...more].map((fault) => `  ${fault}`).join('\n')}`,
      cause,
    );
  }
}

function checkHeadings(headings: readonly string[], needs: readonly NeededColumn[], faults: FileFaults): void {
  for (const [index, heading] of headings.entries()) {
    if (heading.trim() === '') faults.add(1, String(index + 1), 'has no heading.');
    if (headings.indexOf(heading) !== index) faults.add(1, heading, 'stands in the heading twice.');
  }
  for (const column of new Set(needs.map((need) => need.column)))
    if (!headings.includes(column))
      faults.add(1, column, `is named in the settings and not in the heading.${suggestion(column, headings)}`);
  faults.end();
}

interface Index {
  readonly places: Map<string, number>;
  readonly starts: number[];
}

function indexRows(rows: Generator<CsvRow>, headings: readonly string[], needs: readonly NeededColumn[], faults: FileFaults): Index {
  const index: Index = { places: new Map(), starts: [] };
  const checks = needs.map(({ column, check }) => ({ column, check, place: headings.indexOf(column) }));
  const [key] = checks;
  for (const { number, start, fields } of rows) {
    for (const { column, check, place } of checks) {
      const value = fields[place] ?? '';
      const reason = value === '' ? undefined : check(value);
      if (reason !== undefined) faults.add(number, column, reason);
    }
    const person = fields[key?.place ?? 0] ?? '';
    if (person === '' || person !== person.trim()) faults.add(number, key?.column, 'is empty or has spaces around it.');
    if (index.places.has(person)) faults.add(number, key?.column, 'stands in an earlier row too.');
    index.places.set(person, index.starts.length);
    index.starts.push(start);
  }
  return index;
}

/**
 * Loads a file of people and checks every needed column of every row; the first needed column is the key.
 * The bytes stay in memory and a row is decoded when somebody asks for it. Throws a `StartFault` that names rows and columns.
 */
export async function loadPeople(file: string, needsOf: (headings: readonly string[]) => readonly NeededColumn[]): Promise<PeopleFile> {
  const bytes = await readFile(file).catch((cause: unknown) => {
    throw new StartFault(`The file ${file} cannot be read.`, cause);
  });
  const faults = new FileFaults(file);
  const rows = readCsv(bytes);
  let headings: readonly string[] = [];
  try {
    headings = (rows.next().value as CsvRow | undefined)?.fields ?? [];
    const needs = needsOf(headings);
    checkHeadings(headings, needs, faults);
    const { places, starts } = indexRows(rows, headings, needs, faults);
    faults.end();
    const columns = new Map(headings.map((heading, place) => [heading, place]));
    const at = (index: number): ReadColumn => {
      const fields = readRowAt(bytes, starts[index] ?? 0);
      return (column) => fields[columns.get(column) ?? -1] ?? '';
    };
    return { headings, count: starts.length, at, find: (key) => (places.has(key) ? at(places.get(key) ?? 0) : undefined) };
  } catch (fault) {
    if (!(fault instanceof CsvFault)) throw fault;
    faults.add(fault.row, fault.column === undefined ? undefined : (headings[fault.column - 1] ?? String(fault.column)), fault.reason);
    faults.end(fault);
    throw fault;
  }
}
