import { importsOf } from './imports.ts';
import { type Check, type Finding, isCode, isTest, lineOf, type SourceFile } from './source-files.ts';

const limits = {
  fileLines: 250,
  testLines: 400,
  imports: 12,
  doorImports: 24,
  folders: 3,
  exemptions: 9,
} as const;
const kebabCase = /^[a-z0-9]+(?:[-.][a-z0-9]+)*$/;
const emptyWords = new Set(['util', 'utils', 'helper', 'helpers', 'manager', 'service', 'impl', 'dto', 'common', 'misc']);
const worthy = /^service(?:-worker)?\.ts$/;
// Lines and parameters of a function are counted by Biome, which parses; its excuses count like ours.
const exemption = /\/\/ budget: \S+|biome-ignore(?:-all|-start)? lint\/complexity\/(?:noExcessiveLinesPerFunction|useMaxParams): \S+/;
const walls = 'suspicious/noImportCycles|suspicious/noExplicitAny|correctness/noUndeclaredDependencies|style/noDefaultExport';
const fence = new RegExp(`biome-ignore(?:-all|-start)? lint(?:/(?:${walls}))?:|@ts-(?:ignore|nocheck|expect-error)`, 'g');

function judgeSize(file: SourceFile): readonly string[] {
  const lines = file.text.split('\n').length - 1;
  const limit = isTest(file) ? limits.testLines : limits.fileLines;
  return lines > limit ? [`${lines} lines; ${limit} is the limit: the file has two ideas in it`] : [];
}

function judgeImports(file: SourceFile): readonly string[] {
  if (isTest(file) || file.path === 'src/app.ts') return [];
  const run = importsOf(file).filter(({ typeOnly }) => !typeOnly);
  const count = new Set(run.map(({ target }) => target)).size;
  const [, room, base] = file.path.split('/');
  const limit = base === `${room}.ts` ? limits.doorImports : limits.imports;
  return count > limit ? [`${count} imports; ${limit} is the limit`] : [];
}

function judgePlace({ path }: SourceFile): readonly string[] {
  const folders = path.split('/').slice(1, -1);
  const name = path.split('/').at(-1) ?? '';
  const deep = path.startsWith('src/') && folders.length > limits.folders;
  const empty = (part: string) => part.split(/[-.]/).some((word) => emptyWords.has(word)) && !worthy.test(part);
  const bad = [...folders, name].find((part) => !kebabCase.test(part) || empty(part));
  return [
    ...(deep ? [`${folders.length} folders deep; ${limits.folders} is the limit`] : []),
    ...(bad ? [`the name ${bad} is not kebab-case, or says nothing`] : []),
  ];
}

function judgeFences({ path, text }: SourceFile): readonly Finding[] {
  if (path.startsWith('test/check/')) return [];
  return [...text.matchAll(fence)].map(({ 0: found, index }) => ({
    path,
    line: lineOf(text, index),
    message: `${found.trim()} switches a wall off; walls have no exemptions`,
  }));
}

/** The budgets of design §6. A line `// budget: <reason>` excuses its file; ten of them mean the design is wrong. */
export const checkBudgets: Check = (files) => {
  const code = files.filter(isCode);
  const excused = code.filter(({ path, text }) => exemption.test(text) && !path.startsWith('test/check/'));
  const tooMany: readonly Finding[] =
    excused.length > limits.exemptions
      ? [{ path: '.', message: `${excused.length} files are excused from a budget; ${limits.exemptions} is the limit` }]
      : [];
  const judged = code.filter((file) => !excused.includes(file));
  const found = judged.flatMap((file) =>
    [...judgeSize(file), ...judgeImports(file), ...judgePlace(file)].map((message): Finding => ({ path: file.path, message })),
  );
  return [...tooMany, ...found, ...code.flatMap(judgeFences)];
};
