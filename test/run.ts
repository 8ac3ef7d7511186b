import { spawn } from 'node:child_process';
import { globSync } from 'node:fs';
import { buildBrowser } from '../src/wallet/build.ts';

/** Files that share a way of running: how many side by side, and how long one file may take. */
interface Group {
  readonly name: string;
  readonly patterns: readonly string[];
  readonly concurrency: number;
  readonly timeoutSeconds: number;
}

const long = process.argv.includes('--long');
const filters = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));

const groups: readonly Group[] = [
  { name: 'unit', patterns: ['src/**/*.test.ts'], concurrency: 2, timeoutSeconds: 120 },
  { name: 'contract', patterns: ['test/contract/*.test.ts'], concurrency: 1, timeoutSeconds: 300 },
  { name: 'interop', patterns: ['test/interop/*.test.ts'], concurrency: 2, timeoutSeconds: 120 },
  { name: 'hostile', patterns: ['test/hostile/*.test.ts'], concurrency: 1, timeoutSeconds: long ? 7200 : 300 },
  { name: 'journey', patterns: ['test/journey/*.test.ts'], concurrency: 1, timeoutSeconds: 300 },
  { name: 'check', patterns: ['test/check/*.test.ts'], concurrency: 1, timeoutSeconds: 180 },
];

interface Sum {
  passed: number;
  failed: number;
  skipped: number;
}

function runGroup({ name, concurrency, timeoutSeconds }: Group, files: readonly string[], sum: Sum): Promise<boolean> {
  console.log(`\n── ${name}: ${files.length} files`);
  const flags = [
    '--test',
    '--test-force-exit',
    `--test-concurrency=${concurrency}`,
    `--test-timeout=${timeoutSeconds * 1000}`,
    '--test-reporter=spec',
  ];
  const env = { ...process.env, ...(long ? { CHANCERY_LONG: '1' } : {}) };
  const child = spawn(process.execPath, [...flags, ...files], { stdio: ['ignore', 'pipe', 'inherit'], env });
  let tail = '';
  child.stdout.on('data', (chunk: Buffer) => {
    process.stdout.write(chunk);
    tail = (tail + chunk.toString()).slice(-20_000);
  });
  return new Promise((resolve) => {
    child.on('close', (code) => {
      const count = (word: string) => Number(new RegExp(`ℹ ${word} (\\d+)`).exec(tail)?.[1] ?? 0);
      sum.passed += count('pass');
      sum.failed += count('fail') + count('cancelled');
      sum.skipped += count('skipped') + count('todo');
      resolve(code === 0);
    });
  });
}

const sum: Sum = { passed: 0, failed: 0, skipped: 0 };
let good = true;
// Built once, before files that start the product side by side would each build it.
await buildBrowser();
for (const group of groups) {
  const files = globSync([...group.patterns]).filter((file) => filters.length === 0 || filters.some((filter) => file.includes(filter)));
  if (files.length > 0) good = (await runGroup(group, files.toSorted(), sum)) && good;
}
console.log(`\n${sum.passed} passed, ${sum.failed} failed, ${sum.skipped} skipped`);
process.exit(good && sum.passed > 0 ? 0 : 1);
