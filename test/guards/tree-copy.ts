import { execFileSync, spawn } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { listTree } from '../check/source-files.ts';
import type { Guard } from './guard.ts';
import type { Ending } from './run-tests.ts';

const root = new URL('../..', import.meta.url).pathname;
const patienceMilliseconds = 600_000;

/** A copy of the tree in which guards may be removed; the tree itself is never touched. */
export interface TreeCopy {
  readonly folder: string;
  /** The tests of a guard with everything in its place. */
  run(guard: Guard): Promise<readonly Ending[]>;
  /** The same tests while the guard is gone. */
  runWithout(guard: Guard): Promise<readonly Ending[]>;
  remove(): void;
}

/** The same for every run: not the long rounds, and no word of the test runner that we ourselves run under. */
function environment(): NodeJS.ProcessEnv {
  const { NODE_TEST_CONTEXT: _context, CHANCERY_LONG: _long, ...rest } = process.env;
  return rest;
}

function runTests(folder: string, { test, red, after }: Guard): Promise<readonly Ending[]> {
  const results = join(folder, '..', 'endings.json');
  rmSync(results, { force: true });
  const patterns = [red, ...(after ? [after] : [])].map(({ source }) => source);
  const child = spawn(process.execPath, ['test/guards/run-tests.ts', test, results, ...patterns], {
    cwd: folder,
    env: environment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk).slice(-4000);
    });
  const timer = setTimeout(() => child.kill('SIGTERM'), patienceMilliseconds);
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('exit', () => {
      clearTimeout(timer);
      if (existsSync(results)) resolve(JSON.parse(readFileSync(results, 'utf8')) as Ending[]);
      else reject(new Error(`${test} was not run to its end:\n${said}`));
    });
  });
}

/** Makes the copy, with a git of its own because the checks ask for one, and with the packages of the tree. */
export function copyTree(): TreeCopy {
  const whole = mkdtempSync(join(tmpdir(), 'chancery-guards-'));
  const folder = join(whole, 'tree');
  for (const path of listTree(root)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    cpSync(join(root, path), join(folder, path));
  }
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync('git', ['init', '-q'], { cwd: folder });
  execFileSync('git', ['add', '-A'], { cwd: folder });
  return {
    folder,
    run: (guard) => runTests(folder, guard),
    async runWithout(guard) {
      const file = join(folder, guard.file);
      const standing = readFileSync(file, 'utf8');
      writeFileSync(
        file,
        standing.replace(guard.text, () => guard.instead),
      );
      try {
        return await runTests(folder, guard);
      } finally {
        writeFileSync(file, standing);
      }
    },
    remove: () => rmSync(whole, { recursive: true, force: true }),
  };
}
