import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import type { KeyStore } from '../keys/keys.ts';
import { systemClock } from '../lib/clock.ts';
import { silentLog } from '../lib/log.ts';
import { StartFault } from '../lib/start-fault.ts';
import { operatorRoles } from '../operation.ts';
import type { Audit } from '../store/audit.ts';
import type { KeptAnswers } from '../store/kept-answers.ts';
import type { Operators } from '../store/operators.ts';
import { readOperatorKey } from './operator-key.ts';
import { createOperatorServer } from './operators.ts';

async function folderFor(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-operators-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('quality Q16: the first key is random, the same at every start and at two starts at once, and only its owner reads it', async (t) => {
  const folder = await folderFor(t);
  const keys = await Promise.all(Array.from({ length: 8 }, () => readOperatorKey(folder)));
  assert.equal(new Set([...keys, await readOperatorKey(folder)]).size, 1);
  assert.match(keys[0] ?? '', /^[\w-]{43}$/);
  assert.deepEqual(await readdir(folder), ['operator-key']);
  if (process.platform !== 'win32') assert.equal((await stat(join(folder, 'operator-key'))).mode & 0o777, 0o600);
  assert.notEqual(await readOperatorKey(await folderFor(t)), keys[0]);
});

test('quality Q16: a file that holds no key, as a full disk leaves one, opens nothing', async (t) => {
  const folder = await folderFor(t);
  for (const text of ['', '\n', 'short\n']) {
    await writeFile(join(folder, 'operator-key'), text);
    await assert.rejects(readOperatorKey(folder), StartFault, JSON.stringify(text));
    assert.equal(await readFile(join(folder, 'operator-key'), 'utf8'), text, 'what an operator wrote is not replaced');
  }
});

test('quality Q16: without a key nobody is an operator, whatever the keys are', async (t) => {
  const server = await createOperatorServer({
    log: silentLog,
    clock: systemClock,
    keys: { secret: async () => new Uint8Array(32) } as unknown as KeyStore,
    checks: [],
    purposes: [],
    operators: {} as Operators,
    keptAnswers: {} as KeptAnswers,
    audit: {} as Audit,
    trails: [],
    proofs: [async () => ({ id: 'anybody', name: 'Anybody', roles: operatorRoles })],
    mounts: [],
    statements: () => ({}),
    described: () => ({ publicRoutes: [], interfaces: [] }),
  });
  t.after(() => server.close());
  for (const authorization of [undefined, '', 'Bearer', 'Bearer ', 'Basic Og==', 'Bearer two words', 'Bearer \t'])
    assert.equal((await server.inject({ url: '/health', headers: authorization === undefined ? {} : { authorization } })).statusCode, 401);
});
