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
  { name: 'check', patterns: ['test/check/*.test.ts'], concurrency: 1, timeoutSeconds: 180 },
  // Every guard is removed once, and its test has to say so: only here, because it takes minutes.
  ...(long ? [{ name: 'guards', patterns: ['test/guards/*.test.ts'], concurrency: 1, timeoutSeconds: 7200 }] : []),
];

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

let running: ChildProcess | undefined;

function endRunning(): void {
  const pid = running?.exitCode === null ? running.pid : undefined;
  if (pid === undefined) return;
  if (process.platform === 'win32') running?.kill();
  else process.kill(-pid, 'SIGTERM');
}

function runGroup(group: Group, files: readonly string[], cluster: string | undefined, sum: Sum): Promise<void> {
  console.log(`\n── ${group.name}: ${files.length} ${files.length === 1 ? 'file' : 'files'}`);
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
  running = child;
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + stripVTControlCharacters(chunk.toString())).slice(-200_000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
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
    for (const { group, files } of chosen) await runGroup(group, files, cluster.folder, sum);
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
