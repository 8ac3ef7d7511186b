import type { Check, Finding, SourceFile } from './source-files.ts';

/** A cited row of the requirements, with its sentence, so that the project explains itself. */
export interface CoverageRow {
  readonly id: string;
  readonly sentence: string;
  /** What of the row is not built yet, and where it belongs. */
  readonly waits?: string;
}

const citation =
  /\b(features|quality|standards|design|performance)\s+((?:[A-Z]{1,3}-?\d+[a-z]?|§\d+)(?:\s*(?:,|and|&)\s*(?:[A-Z]{1,3}-?\d+[a-z]?))*)/g;

/** Rows that the names of tests cite, and the tests that cite them. */
export function citationsOf(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const cited = new Map<string, string[]>();
  for (const { path, text } of files.filter(({ path }) => /\.(?:test|contract)\.tsx?$/.test(path))) {
    for (const [, title = ''] of text.matchAll(/\b(?:test|it|describe)\(\s*[`'"]([^`\n]*?)[`'"],/g)) {
      for (const [, document = '', ids = ''] of title.matchAll(citation)) {
        for (const id of ids.split(/\s*(?:,|and|&)\s*/)) {
          const row = `${document} ${id}`;
          const known = cited.get(row) ?? [];
          if (!known.includes(path)) cited.set(row, [...known, path]);
        }
      }
    }
  }
  return cited;
}

export function readRows(files: readonly SourceFile[]): readonly CoverageRow[] {
  return JSON.parse(files.find(({ path }) => path === 'docs/coverage/rows.json')?.text ?? '[]') as CoverageRow[];
}

/** Every cited row has its sentence here; every row has a test, or says what it waits for. */
export const checkCoverage: Check = (files) => {
  const rows = readRows(files);
  const cited = citationsOf(files);
  const known = new Set(rows.map(({ id }) => id));
  const path = 'docs/coverage/rows.json';
  const unknown = [...cited]
    .filter(([id]) => !known.has(id) && !id.includes('§'))
    .map(([id, paths]): Finding => ({ path: paths[0] ?? path, message: `cites ${id}, whose sentence is missing in ${path}` }));
  const bare = rows
    .filter(({ id, waits }) => !cited.has(id) && !waits)
    .map(({ id }): Finding => ({ path, message: `${id} has neither a test that names it nor a reason to wait` }));
  return [...unknown, ...bare];
};
