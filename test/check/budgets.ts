import { type Check, codeOf, type Finding, isCode, isTest, lineOf, type SourceFile } from './source-files.ts';
import { importsOf } from './walls.ts';

const limits = {
  fileLines: 250,
  testLines: 400,
  functionLines: 60,
  parameters: 4,
  imports: 12,
  doorImports: 24,
  folders: 3,
  exemptions: 9,
} as const;
const forbiddenNames = /(?:^|-)(?:util|utils|helper|helpers|manager|service-impl|impl|dto|common)(?:-|\.|$)/;
const exemption = /\/\/ budget: \S+/;

interface Span {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  readonly parameters: number;
}

function matching(code: string, open: number, pair: '()' | '{}' | '<>'): number {
  let depth = 0;
  for (let index = open; index < code.length; index += 1) {
    if (code[index] === pair[0]) depth += 1;
    else if (code[index] === pair[1]) {
      depth -= 1;
      if (depth === 0) return index;
    }
  }
  return -1;
}

function countParameters(list: string): number {
  let depth = 0;
  let count = list.trim() === '' ? 0 : 1;
  for (const [index, character] of [...list].entries()) {
    if ('([{<'.includes(character)) depth += 1;
    else if (')]}'.includes(character) || (character === '>' && list[index - 1] !== '=')) depth -= 1;
    else if (character === ',' && depth === 0 && list.slice(index + 1).trim() !== '') count += 1;
  }
  return count;
}

const heads =
  /\bfunction\s*\*?\s*(\w*)\s*(?:<[^(]*>)?\(|(?:^|\n)\s+(?:static\s+|async\s+|override\s+|get\s+|set\s+)*(#?\w+)\s*(?:<[^(\n]*>)?\((?=[^;]*?\)\s*(?::[^{;=]*)?\{)|(?:const|let)\s+(\w+)\s*(?::[^=\n]*)?=\s*(?:async\s*)?\(/g;
const notFunctions = new Set(['if', 'for', 'while', 'switch', 'catch', 'return', 'await', 'constructor', 'function']);

/** Functions with a body in braces, found without a compiler: name, first and last line, number of parameters. */
export function functionsOf(text: string): readonly Span[] {
  const code = codeOf(text);
  return [...code.matchAll(heads)].flatMap((match): Span[] => {
    const name = match[1] || match[2] || match[3] || 'anonymous';
    if (notFunctions.has(name)) return [];
    const open = match.index + match[0].length - 1;
    const close = matching(code, open, '()');
    if (close < 0) return [];
    const after = /^\s*(?::[^{;]*?)?(?:=>\s*)?\{/.exec(code.slice(close + 1, close + 400));
    const parameters = countParameters(code.slice(open + 1, close));
    if (!after) return [{ name, start: match.index, end: close, parameters }];
    return [{ name, start: match.index, end: Math.max(close, matching(code, close + after[0].length, '{}')), parameters }];
  });
}

function judgeFunctions({ path, text }: SourceFile): readonly Finding[] {
  return functionsOf(text).flatMap(({ name, start, end, parameters }): Finding[] => {
    const line = lineOf(text, start + 1);
    const lines = lineOf(text, end) - line + 1;
    return [
      ...(lines > limits.functionLines
        ? [{ path, line, message: `${name} has ${lines} lines; ${limits.functionLines} is the limit` }]
        : []),
      ...(parameters > limits.parameters
        ? [{ path, line, message: `${name} has ${parameters} parameters; ${limits.parameters} is the limit` }]
        : []),
    ];
  });
}

function judgeFile(file: SourceFile): readonly Finding[] {
  const { path, text } = file;
  const lines = text.split('\n').length - 1;
  const limit = isTest(file) ? limits.testLines : limits.fileLines;
  const imports = new Set(
    importsOf(file)
      .filter(({ typeOnly }) => !typeOnly)
      .map(({ target }) => target),
  ).size;
  const [, room, base] = path.split('/');
  const importLimit = base === `${room}.ts` ? limits.doorImports : limits.imports;
  const depth = path.split('/').length - 2;
  const name = path.split('/').at(-1) ?? '';
  const any = /(?::|<|\bas)\s*any\b(?!\w)/.exec(codeOf(text));
  const byDefault = /^export default /m.exec(text);
  return [
    ...(lines > limit ? [{ path, message: `${lines} lines; ${limit} is the limit: the file has two ideas in it` }] : []),
    ...(!isTest(file) && path !== 'src/app.ts' && imports > importLimit
      ? [{ path, message: `${imports} imports; ${importLimit} is the limit` }]
      : []),
    ...(path.startsWith('src/') && depth > limits.folders
      ? [{ path, message: `${depth} folders deep; ${limits.folders} is the limit` }]
      : []),
    ...(any ? [{ path, line: lineOf(text, any.index), message: 'any is not used' }] : []),
    ...(byDefault ? [{ path, line: lineOf(text, byDefault.index), message: 'named exports only' }] : []),
    ...(/^[a-z0-9]+(?:[-.][a-z0-9]+)*$/.test(name) && !forbiddenNames.test(name)
      ? []
      : [{ path, message: 'the name is not kebab-case, or says nothing' }]),
  ];
}

/** The budgets of design §6. A line `// budget: <reason>` excuses its file; ten of them mean the design is wrong. */
export const checkBudgets: Check = (files) => {
  const code = files.filter(isCode);
  const excused = code.filter(({ path, text }) => exemption.test(text) && !path.startsWith('test/check/'));
  const judged = code.filter((file) => !excused.includes(file));
  const many =
    excused.length > limits.exemptions
      ? [{ path: '.', message: `${excused.length} files are excused from a budget; ${limits.exemptions} is the limit` }]
      : [];
  return [...many, ...judged.flatMap(judgeFile), ...judged.filter((file) => !isTest(file)).flatMap(judgeFunctions)];
};
