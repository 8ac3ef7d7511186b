import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { generatePages } from '../../docs/generate/generate.ts';
import { checkBudgets } from './budgets.ts';
import { checkCommands } from './commands.ts';
import { checkCoverage, checkPromises } from './coverage.ts';
import { checkDecisions } from './decisions.ts';
import { checkLengths, checkLinks } from './documents.ts';
import { checkLockfile } from './lockfile.ts';
import { type Check, type Finding, readTree, type SourceFile } from './source-files.ts';
import { checkWalls } from './walls.ts';
import { checkHygiene, checkPlaces } from './words.ts';

/** What a check found: nothing, or lines a person can act on. */
interface Outcome {
  readonly name: string;
  readonly milliseconds: number;
  readonly lines: readonly string[];
}

const own: readonly (readonly [string, Check])[] = [
  ['walls', checkWalls],
  ['budgets', checkBudgets],
  ['places', checkPlaces],
  ['hygiene', checkHygiene],
  ['links', checkLinks],
  ['commands in documents', checkCommands],
  ['lengths of documents', checkLengths],
  ['decisions', checkDecisions],
  ['lockfile', checkLockfile],
  ['coverage', checkCoverage],
  ['promises of SECURITY.md', checkPromises],
];

const biome = ['biome', 'check', '--error-on-warnings', '--reporter=concise', '--max-diagnostics=none', '.'];
const tools: readonly (readonly [string, readonly string[], RegExp?])[] = [
  ['biome', biome, /^[×!] /],
  ['types', ['tsc', '-p', '.']],
  ['unused', ['knip', '--no-progress']],
];

const describe = ({ path, line, message }: Finding) => `${path}${line === undefined ? '' : `:${line}`} ${message}`;

async function timed(name: string, work: () => Promise<readonly string[]> | readonly string[]): Promise<Outcome> {
  const begun = performance.now();
  const lines = await Promise.resolve()
    .then(work)
    .catch((fault: unknown) => [`could not be checked: ${fault}`]);
  return { name, milliseconds: Math.round(performance.now() - begun), lines };
}

/** Runs a tool and keeps what it says about the tree: `only` tells findings from summaries. */
function runTool(root: string, [command = '', ...args]: readonly string[], only = /\S/): Promise<readonly string[]> {
  const tool = join(root, 'node_modules', '.bin', command);
  return new Promise((resolve) => {
    execFile(tool, args, { cwd: root, maxBuffer: 64 * 1024 * 1024 }, (fault, stdout, stderr) => {
      if (!fault) return resolve([]);
      const said = `${stdout}\n${stderr}`.split('\n').filter((line) => line.trim() !== '');
      const found = said.filter((line) => only.test(line));
      // A tool that could not run must not pass for one that found nothing.
      resolve([...(found.length > 0 ? found : said), ...(said.length === 0 ? [`${command} did not run: ${fault.message}`] : [])]);
    });
  });
}

async function checkGenerated(files: readonly SourceFile[]): Promise<readonly string[]> {
  const pages = await generatePages(files);
  return pages
    .filter(({ path, text }) => files.find((file) => file.path === path)?.text !== text)
    .map(({ path }) => `${path} is out of date: run npm run docs`);
}

/** Every check on a tree; `only` names those to run. */
export async function checkTree(root: string, only?: readonly string[]): Promise<readonly Outcome[]> {
  const files = readTree(root);
  const wanted = ([name]: readonly [string, ...unknown[]]) => only === undefined || only.includes(name);
  const begun = tools.filter(wanted).map(([name, command, finding]) => timed(name, () => runTool(root, command, finding)));
  const outcomes: Outcome[] = [];
  for (const [name, check] of own.filter(wanted)) outcomes.push(await timed(name, () => check(files, root).map(describe)));
  if (wanted(['generated pages'])) outcomes.push(await timed('generated pages', () => checkGenerated(files)));
  return [...outcomes, ...(await Promise.all(begun))];
}

if (import.meta.main) {
  const outcomes = await checkTree(process.cwd());
  for (const { name, milliseconds, lines } of outcomes) {
    console.log(`${lines.length === 0 ? '✔' : '✖'} ${name} (${milliseconds} ms)`);
    for (const line of lines) console.log(`    ${line}`);
  }
  const bad = outcomes.filter(({ lines }) => lines.length > 0);
  console.log(bad.length === 0 ? '\nAll checks pass.' : `\n${bad.map(({ name }) => name).join(', ')}: mend what is listed above.`);
  process.exit(bad.length === 0 ? 0 : 1);
}
