import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = new URL('../..', import.meta.url).pathname;

/** A project without dependencies, started by our launcher. */
async function project(t: TestContext, entry: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-launcher-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await copyFile(join(root, 'start.mjs'), join(folder, 'start.mjs'));
  const manifest = { name: 'project', version: '1.0.0', type: 'module' };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await writeFile(
    join(folder, 'package-lock.json'),
    JSON.stringify({ ...manifest, lockfileVersion: 3, requires: true, packages: { '': manifest } }),
  );
  await writeFile(join(folder, 'entry.ts'), entry);
  return folder;
}

const launch = (folder: string, ...args: string[]) =>
  spawnSync(process.execPath, ['start.mjs', ...args], { cwd: folder, encoding: 'utf8', timeout: 60_000 });

test('the launcher installs once per lockfile, hands on arguments and the exit code', async (t) => {
  const folder = await project(t, 'const answer: number = 7;\nconsole.log(process.argv.slice(2).join("+"));\nprocess.exit(answer);\n');
  const first = launch(folder, 'entry.ts', 'a', 'b');
  assert.equal(first.status, 7, first.stderr);
  assert.match(first.stdout, /Installing dependencies[\s\S]*a\+b/);
  const second = launch(folder, 'entry.ts');
  assert.doesNotMatch(second.stdout, /Installing/);
  const stamp = join(folder, 'node_modules/.chancery-installed');
  assert.match(await readFile(stamp, 'utf8'), /^[0-9a-f]{64} production/);
  const tests = launch(folder, '--with-tests', 'entry.ts');
  assert.match(tests.stdout, /what the tests need/, 'what only tests need is installed only for them');
});

test('the launcher gives Node one cryptography thread a core and what it compiled before, and what the operator says counts instead', async (t) => {
  const folder = await project(t, 'console.log("threads", process.env.UV_THREADPOOL_SIZE);\n');
  const told = (threads?: string) => {
    const { PATH = '', HOME = '' } = process.env;
    const env = { PATH, HOME, ...(threads === undefined ? {} : { UV_THREADPOOL_SIZE: threads }) };
    const { stdout } = spawnSync(process.execPath, ['start.mjs', 'entry.ts'], { cwd: folder, encoding: 'utf8', timeout: 60_000, env });
    return /threads (\d+)/.exec(stdout)?.[1];
  };
  assert.equal(told(), String(Math.max(2, availableParallelism())));
  assert.notEqual((await readdir(join(folder, '.cache/compile'))).length, 0, 'what was compiled is kept for the next start');
  assert.equal(told('7'), '7');
});

test('a broken install is one sentence, exit code 1, and is repeated at the next start', async (t) => {
  const folder = await project(t, 'console.log("never");\n');
  const lock = join(folder, 'package-lock.json');
  const good = await readFile(lock, 'utf8');
  await writeFile(
    join(folder, 'package.json'),
    JSON.stringify({ name: 'project', version: '1.0.0', type: 'module', dependencies: { 'left-out': '1.0.0' } }),
  );
  const broken = launch(folder, 'entry.ts');
  assert.equal(broken.status, 1);
  assert.match(broken.stderr, /could not be installed\. Check the network/);
  assert.doesNotMatch(broken.stdout, /never/);
  await writeFile(join(folder, 'package.json'), JSON.stringify({ name: 'project', version: '1.0.0', type: 'module' }));
  await writeFile(lock, good);
  assert.match(launch(folder, 'entry.ts').stdout, /Installing[\s\S]*never/);
});

test('SIGTERM to the launcher reaches the product, twice Ctrl-C does no harm', async (t) => {
  const folder = await project(
    t,
    'process.on("SIGTERM", () => { console.log("stopped"); process.exit(0); });\nprocess.on("SIGINT", () => console.log("heard"));\nconsole.log("up");\nsetInterval(() => {}, 1000);\n',
  );
  launch(folder, 'missing.ts');
  const child = spawn(process.execPath, ['start.mjs', 'entry.ts'], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  const said = (word: string) =>
    new Promise<void>((resolve) => {
      const look = () => (output.includes(word) ? resolve() : setTimeout(look, 20));
      look();
    });
  child.stdout.on('data', (chunk) => (output += String(chunk)));
  await said('up');
  child.kill('SIGINT');
  child.kill('SIGINT');
  await said('heard');
  child.kill('SIGTERM');
  const code = await new Promise((resolve) => child.once('exit', resolve));
  assert.equal(code, 0);
  assert.match(output, /stopped/);
});
