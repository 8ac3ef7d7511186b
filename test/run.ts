import { type ChildProcess, spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { silentLog } from '../src/lib/log.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/embedded.ts';
import { buildBrowser } from '../src/wallet/build.ts';
import { testSettings } from './support/database.ts';

/** Files that share a way of running: how many side by side, and how long one test may take. */
interface Group {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly concurrency: number;
  readonly timeoutSeconds: number;
  /** Runs beside the group before it, which waits for a browser most of the time; what it prints comes after. */
  readonly beside?: true;
}

const long = process.argv.includes('--long');
const unknown = process.argv.slice(2).filter((argument) => argument.startsWith('-') && argument !== '--long');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('-'));

const groups: readonly Group[] = [
  { name: 'unit', patterns: ['src/**/*.test.{ts,tsx}'], concurrency: 2, timeoutSeconds: 120 },
  { name: 'contract', patterns: ['test/contract/*.test.ts'], concurrency: 1, timeoutSeconds: 300 },
  { name: 'interop', patterns: ['test/interop/*.test.ts'], concurrency: 2, timeoutSeconds: 120 },
  { name: 'hostile', patterns: ['test/hostile/*.test.ts'], concurrency: 1, timeoutSeconds: long ? 7200 : 300 },
  { name: 'journey', patterns: ['test/journey/*.test.ts'], concurrency: 1, timeoutSeconds: 300 },
  { name: 'check', patterns: ['test/check/*.test.ts'], concurrency: 1, timeoutSeconds: 180, beside: true },
  // Every guard is removed once, and its test has to say so: only here, because it takes minutes.
  ...(long ? [{ name: 'guards', patterns: ['test/guards/*.test.ts'], concurrency: 1, timeoutSeconds: 7200 }] : []),
];

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

const running = new Set<ChildProcess>();

function endRunning(): void {
  for (const child of running) {
    if (child.pid === undefined || child.exitCode !== null) continue;
    if (process.platform === 'win32') child.kill();
    else process.kill(-child.pid, 'SIGTERM');
  }
}

interface Run {
  readonly group: Group;
  readonly files: readonly string[];
}

/** Runs the files of a group; `print` gets everything they say, piece by piece. */
function runGroup({ group, files }: Run, cluster: string | undefined, sum: Sum, print: (text: string) => void): Promise<void> {
  print(`\n── ${group.name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}\n`);
  const flags = ['--test', '--test-force-exit', `--test-concurrency=${group.concurrency}`, `--test-timeout=${group.timeoutSeconds * 1000}`];
  const env = {
    ...process.env,
    ...(long ? { CHANCERY_LONG: '1' } : {}),
    ...(cluster ? { CHANCERY_TEST_CLUSTER: cluster } : {}),
  };
  // A process group of its own, so that one signal ends the files, and what they have started, too.
  const child = spawn(process.execPath, [...flags, '--test-reporter=spec', ...files], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env,
    detached: process.platform !== 'win32',
  });
  running.add(child);
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    print(chunk.toString());
    tail = (tail + stripVTControlCharacters(chunk.toString())).slice(-200_000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      running.delete(child);
      const count = (word: string) => Number(new RegExp(`^ℹ ${word} (\\d+)$`, 'm').exec(tail)?.[1] ?? 0);
      const failed = count('fail') + count('cancelled');
      sum.passed += count('pass');
      // A group that ends badly without having counted a failure (a crash, say) is one.
      sum.failed += code === 0 ? failed : Math.max(failed, 1);
      sum.skipped += count('skipped') + count('todo');
      resolve();
    });
  });
}

/** One database server for all files, each of which makes databases of its own in it. */
async function startCluster(): Promise<{ readonly folder: string | undefined; stop(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-tests-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog, settings: testSettings });
  const { connection } = postgres;
  return {
    folder: connection.kind === 'socket' ? connection.folder : undefined,
    stop: async () => {
      await postgres.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One group after the other, but for those that may run beside the one before. */
function sideBySide(runs: readonly Run[]): readonly (readonly Run[])[] {
  const rows: Run[][] = [];
  for (const run of runs) {
    const row = rows.at(-1);
    if (row && run.group.beside) row.push(run);
    else rows.push([run]);
  }
  return rows;
}

async function runAll(): Promise<Sum> {
  const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
  const chosen = groups
    .map((group) => ({ group, files: globSync([...group.patterns]).toSorted() }))
    .map(({ group, files }) => ({
      group,
      files: files.filter((file) => filters.length === 0 || filters.some((part) => file.includes(part))),
    }))
    .filter(({ files }) => files.length > 0);
  if (chosen.length === 0) return sum;
  // Built once, before files that start the product side by side would each build it.
  await buildBrowser();
  const cluster = await startCluster();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, () => {
      endRunning();
      cluster.stop().finally(() => process.exit(128 + constants.signals[signal]));
    });
  try {
    for (const runs of sideBySide(chosen)) {
      const printed = runs.map(() => '');
      await Promise.all(
        runs.map((run, index) =>
          runGroup(run, cluster.folder, sum, (text) => {
            if (index === 0) process.stdout.write(text);
            else printed[index] += text;
          }),
        ),
      );
      process.stdout.write(printed.join(''));
    }
  } finally {
    await cluster.stop();
  }
  return sum;
}

if (unknown.length > 0) {
  console.error(`${unknown.join(' ')}: unknown. There is --long; every other word chooses the files whose path holds it.`);
  process.exit(1);
}
const { passed, failed, skipped } = await runAll();
if (passed + failed === 0) console.log(`\nNo test was found${filters.length > 0 ? ` in a file named ${filters.join(' or ')}` : ''}.`);
if (skipped > 0) console.log(`\n${skipped} skipped; each says why above.`);
console.log(`\n${passed} passed, ${failed} failed`);
process.exit(passed > 0 && failed === 0 ? 0 : 1);
