import { type Check, type Finding, lineOf, type SourceFile } from './source-files.ts';

/** A cited row of the requirements, with its sentence, so that the project explains itself. */
export interface CoverageRow {
  readonly id: string;
  readonly sentence: string;
  /** What of the row is not built yet, and where it belongs. */
  readonly waits?: string;
}

const citation =
  /\b(features|quality|standards|design|performance)\s+((?:[A-Z]{1,3}-?\d+[a-z]?|§\d+)(?:\s*(?:,|and|&)\s*(?:[A-Z]{1,3}-?\d+[a-z]?))*)/g;

/** The rows that a text cites: "quality T2, T5" is two. */
function rowsIn(text: string): readonly string[] {
  return [...text.matchAll(citation)].flatMap(([, document = '', ids = '']) =>
    ids.split(/\s*(?:,|and|&)\s*/).map((id) => `${document} ${id}`),
  );
}

/** Rows that the names of tests cite, and the tests that cite them. */
export function citationsOf(files: readonly SourceFile[]): ReadonlyMap<string, readonly string[]> {
  const cited = new Map<string, string[]>();
  for (const { path, text } of files.filter((file) => /\.(?:test|contract)\.tsx?$/.test(file.path))) {
    for (const [, title = ''] of text.matchAll(/\b(?:test|it|describe)\(\s*[`'"]([^`\n]*?)[`'"],/g)) {
      for (const row of rowsIn(title)) {
        const known = cited.get(row) ?? [];
        if (!known.includes(path)) cited.set(row, [...known, path]);
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
  const twice = rows
    .filter(({ id }, index) => rows.findIndex((row) => row.id === id) !== index)
    .map(({ id }): Finding => ({ path, message: `${id} stands twice` }));
  return [...unknown, ...bare, ...twice];
};

/** Each promise of SECURITY.md names the rows that hold it, and a test names each of those. */
export const checkPromises: Check = (files) => {
  const path = 'SECURITY.md';
  const text = files.find((file) => file.path === path)?.text ?? '';
  const cited = citationsOf(files);
  const [, promises = ''] = text.split(/^## What we promise.*$/m);
  const rows = promises.split(/^## /m)[0]?.match(/^\|(?! promise)(?!-).*\|$/gm) ?? [];
  const finding = (row: string, message: string): Finding => ({ path, line: lineOf(text, text.indexOf(row)), message });
  return [
    ...(rows.length === 0 ? [{ path, message: 'has no table "What we promise"' }] : []),
    ...rows.filter((row) => rowsIn(row).length === 0).map((row) => finding(row, 'a promise that no row of the requirements holds')),
    ...rows.flatMap((row) =>
      rowsIn(row)
        .filter((id) => !cited.has(id))
        .map((id) => finding(row, `promises ${id}, which no test names`)),
    ),
  ];
};
