import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { variables } from '../../src/config/variables.ts';
import { startCommandsOf } from '../support/start-commands.ts';
import { type Check, type Finding, lineOf, type SourceFile } from './source-files.ts';

const isPage = ({ path }: SourceFile) => path.endsWith('.md');

function scriptsOf(files: readonly SourceFile[]): ReadonlyMap<string, string> {
  const manifest = JSON.parse(files.find(({ path }) => path === 'package.json')?.text ?? '{}') as { scripts?: Record<string, string> };
  return new Map(Object.entries(manifest.scripts ?? {}));
}

function judgeNames({ path, text }: SourceFile, scripts: ReadonlyMap<string, string>): readonly Finding[] {
  return [...text.matchAll(/\bnpm (?:run ([\w:-]+)|(start|test))\b/g)]
    .filter((match) => !scripts.has(match[1] ?? match[2] ?? ''))
    .map((match) => ({ path, line: lineOf(text, match.index), message: `${match[0]} is no script of package.json` }));
}

function judgeFiles({ path, text }: SourceFile, root: string): readonly Finding[] {
  return [...text.matchAll(/\bnode start\.mjs (?:--with-tests )?([\w./-]+)/g)]
    .filter(([, entry = '']) => !existsSync(join(root, entry)))
    .map((match) => ({ path, line: lineOf(text, match.index), message: `${match[1]} does not exist` }));
}

/** A block with `npm start` or `npm test` bears the mark by which tests find it, and has the shape they can run. */
function judgeBlocks({ path, text }: SourceFile, root: string): readonly Finding[] {
  const blocks = [...text.matchAll(/^```([^\n]*)\n([\s\S]*?)^```/gm)];
  const fault = (index: number, message: string) => ({ path, line: lineOf(text, index), message });
  return blocks.flatMap(({ 1: mark = '', 2: block = '', index }): readonly Finding[] => {
    const verb = /\bnpm (start|test)$/m.exec(block)?.[1];
    if (verb === undefined) return [];
    if (mark !== `sh ${verb}`) return [fault(index, `mark this block \`\`\`sh ${verb}, so that a test runs it`)];
    if (verb === 'test') return block.trim() === 'npm test' ? [] : [fault(index, 'the test command is npm test, alone')];
    const [command] = startCommandsOf(`\`\`\`sh start\n${block}\`\`\``);
    if (command === undefined) return [fault(index, 'a start command is NAME=value … npm start, on one line')];
    const unknown = Object.keys(command).filter((name) => !(name in variables));
    const lost = command['CHANCERY_CONFIG'] !== undefined && !existsSync(join(root, command['CHANCERY_CONFIG']));
    return [
      ...unknown.map((name) => fault(index, `${name} is no setting`)),
      ...(lost ? [fault(index, `${command['CHANCERY_CONFIG']} does not exist`)] : []),
    ];
  });
}

/** Every command a page names exists, and those that start or test the product stand where a test finds them. */
export const checkCommands: Check = (files, root) => {
  const scripts = scriptsOf(files);
  const pages = files.filter(isPage);
  const gate = files.find(({ path }) => path === '.ci/run');
  const readme = pages.find(({ path }) => path === 'README.md');
  const gateRuns = gate !== undefined && /^export CI=1$/m.test(gate.text) && /^npm test$/m.test(gate.text);
  const tested = readme !== undefined && /^```sh test\nnpm test\n```$/m.test(readme.text);
  return [
    ...pages.flatMap((page) => [...judgeNames(page, scripts), ...judgeFiles(page, root), ...judgeBlocks(page, root)]),
    ...(gateRuns && tested ? [] : [{ path: '.ci/run', message: "exports CI=1 and runs the README's test command, npm test" }]),
  ];
};
