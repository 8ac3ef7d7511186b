import { AssertionError } from 'node:assert';
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { run } from 'node:test';

/** How one test of a file ended. Only `refuted` is the word of an assertion; a crash says nothing about a guard. */
export interface Ending {
  readonly name: string;
  readonly ended: 'passed' | 'refuted' | 'crashed';
  readonly says: string;
}

/** Wrapped by the runner, and by fast-check, which names the counterexample. */
function isAssertion(fault: unknown): boolean {
  if (fault instanceof AssertionError) return true;
  return fault instanceof Error && fault.cause !== undefined && isAssertion(fault.cause);
}

/** Runs the tests of a file whose names match one of the patterns, in this process, and writes how they ended. */
async function runTests(file: string, patterns: readonly string[], results: string): Promise<void> {
  const endings: Ending[] = [];
  const path: string[] = [];
  const stream = run({ files: [resolve(file)], testNamePatterns: patterns.map((pattern) => new RegExp(pattern)), isolation: 'none' });
  for await (const { type, data } of stream) {
    if (type === 'test:start') path.splice(data.nesting, path.length, data.name);
    if ((type !== 'test:pass' && type !== 'test:fail') || data.details.type === 'suite') continue;
    const name = [...path.slice(0, data.nesting), data.name].join(' ');
    if (type === 'test:pass') {
      if (!data.skip && !data.todo) endings.push({ name, ended: 'passed', says: '' });
      continue;
    }
    const { error } = data.details as { error: Error & { failureType?: string } };
    if (error.failureType === 'subtestsFailed') continue;
    const refuted = error.failureType === 'testCodeFailure' && isAssertion(error);
    const { message } = error.cause instanceof Error ? error.cause : error;
    endings.push({ name, ended: refuted ? 'refuted' : 'crashed', says: message.slice(0, 600) });
  }
  writeFileSync(results, JSON.stringify(endings));
}

// Whatever the tests have started ends with this process, as long as it may end by itself.
process.once('SIGTERM', () => process.exit(1));
const [file = '', results = '', ...patterns] = process.argv.slice(2);
await runTests(file, patterns, results);
// What a refuted test left open must not hold the process.
process.exit(0);
