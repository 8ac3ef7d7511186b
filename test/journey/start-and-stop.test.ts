import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { freePorts, startInstance } from '../support/instance.ts';

const root = new URL('../..', import.meta.url).pathname;

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'chancery-start-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** Runs the product until it ends by itself. */
async function runToEnd(environment: Record<string, string>, ...args: string[]): Promise<{ code: number | null; output: string }> {
  const { PATH = '', HOME = '' } = process.env;
  const [port = 0, operators = 0] = await freePorts(2);
  const env = { PATH, HOME, PORT: String(port), CHANCERY_OPERATOR_PORT: String(operators), ...environment };
  const child = spawn(process.execPath, [join(root, 'src/main.ts'), ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += String(chunk)));
  const code = await new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { code, output };
}

/** The last thing said is one sentence for a person: no stack, no source position. */
function assertSentence(output: string, pattern: RegExp): void {
  assert.match(output, pattern);
  assert.doesNotMatch(output, /\n\s+at |node:internal|\.ts:\d+/);
}

async function ready(url: URL): Promise<number> {
  return (await fetch(new URL('/health/ready', url))).status;
}

test('starts on an empty folder, says where it is, stops cleanly on SIGTERM and SIGINT, and starts again on its data', async (t) => {
  const dataFolder = await folder(t);
  const first = await startInstance({ dataFolder });
  assert.match(first.output(), /Chancery is ready at http:\/\/localhost:\d+\//);
  assert.equal(await ready(first.url), 200);
  assert.equal(await first.stop('SIGTERM'), 0);
  const second = await startInstance({ dataFolder });
  assert.equal(await ready(second.url), 200);
  assert.equal(await second.stop('SIGINT'), 0);
});

test('two Ctrl-C in a row still stop cleanly', async (t) => {
  const dataFolder = await folder(t);
  const instance = await startInstance({ dataFolder });
  instance.process.kill('SIGINT');
  assert.equal(await instance.stop('SIGINT'), 0);
  const left = (await readdir(join(dataFolder, 'postgres'), { recursive: true })).filter((name) => name.endsWith('postmaster.pid'));
  assert.deepEqual(left, []);
});

test('recovers by itself after kill -9', async (t) => {
  const dataFolder = await folder(t);
  const first = await startInstance({ dataFolder });
  await first.stop('SIGKILL');
  const second = await startInstance({ dataFolder });
  assert.equal(await ready(second.url), 200);
  assert.equal(await second.stop(), 0);
});

test('a taken port is one clear sentence and exit code 1', async (t) => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  t.after(() => taken.close());
  const { port } = taken.address() as { port: number };
  const { code, output } = await runToEnd({ PORT: String(port), CHANCERY_DATA: await folder(t) });
  assert.equal(code, 1);
  assertSentence(output, new RegExp(`Port ${port} is taken .* PORT`));
});

test('a data folder that cannot be written is one clear sentence and exit code 1', async (t) => {
  const parent = await folder(t);
  const file = join(parent, 'a-file');
  await writeFile(file, '');
  const { code, output } = await runToEnd({ CHANCERY_DATA: join(file, 'data') });
  assert.equal(code, 1);
  assertSentence(output, /data folder .* cannot be written.*CHANCERY_DATA/);
  if (process.getuid?.() === 0) return;
  const closed = join(parent, 'closed');
  await mkdir(closed);
  await chmod(closed, 0o500);
  assertSentence((await runToEnd({ CHANCERY_DATA: closed })).output, /data folder .* cannot be written/);
});

test('a wrong configuration names every fault with its path and ends with exit code 1', async (t) => {
  const file = join(await folder(t), 'chancery.json');
  await writeFile(file, JSON.stringify({ registries: { people: { kind: 'csv', fiel: 'people.csv' } }, authorisation: {} }));
  for (const args of [[], ['--check']]) {
    const { code, output } = await runToEnd({ CHANCERY_CONFIG: file, CHANCERY_DATA: await folder(t) }, ...args);
    assert.equal(code, 1);
    assertSentence(output, /fiel[\s\S]*file/);
    assertSentence(output, /authorisation[\s\S]*authorization/);
  }
});

test('config:check says that a sound configuration is sound', async () => {
  const { code, output } = await runToEnd({}, '--check');
  assert.equal(code, 0, output);
  assert.match(output, /configuration is sound/);
});

test('a database that cannot be reached is one clear sentence and exit code 1', async (t) => {
  const [port = 0] = await freePorts(1);
  const { code, output } = await runToEnd({ DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/none`, CHANCERY_DATA: await folder(t) });
  assert.equal(code, 1);
  assertSentence(output, /database .*(DATABASE_URL)/i);
});

test('design D20: production does not start with anything loosened', async (t) => {
  const { code, output } = await runToEnd({ CHANCERY_MODE: 'production', CHANCERY_DATA: await folder(t) });
  assert.equal(code, 1);
  assertSentence(output, /https/);
  assertSentence(output, /CHANCERY_KEY_ENCRYPTION_KEY/);
});
