import assert from 'node:assert/strict';
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { silentLog } from '../../lib/log.ts';
import { StartFault } from '../../lib/start-fault.ts';
import type { ConnectionTarget } from '../connection-target.ts';
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from './embedded.ts';
import { isAlive, readServerRecord } from './liveness.ts';

const onLinux = process.platform === 'linux' ? false : 'needs Linux';
const asRoot = process.getuid?.() === 0 ? false : 'needs root';
const ordinary = { uid: 1000, gid: 1000 };

async function temporaryFolder(t: TestContext, prefix = 'chancery-embedded-'): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), prefix));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await chmod(folder, 0o755);
  return folder;
}

async function start(t: TestContext, folder: string, more: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
  const postgres = await startEmbeddedPostgres({ folder, log: silentLog, ...more });
  t.after(() => postgres.stop());
  return postgres;
}

async function query<Row>(connection: ConnectionTarget, text: string): Promise<Row[]> {
  assert.ok(connection.kind === 'socket');
  const { folder, user, database } = connection;
  const client = new pg.Client({ host: folder, port: 5432, user, database });
  await client.connect();
  try {
    return (await client.query(text)).rows as Row[];
  } finally {
    await client.end();
  }
}

interface Holder {
  readonly child: ChildProcess;
  readonly connection: ConnectionTarget;
  readonly owned: boolean;
  readonly fault?: string;
}

type HolderOptions = Omit<EmbeddedOptions, 'log'>;

/** Another process that starts or attaches to the database. */
async function hold(t: TestContext, options: HolderOptions, owner: { uid?: number; gid?: number } = {}): Promise<Holder> {
  const file = new URL('../../../test/support/database-holder.ts', import.meta.url);
  const child = fork(file, [JSON.stringify(options)], { execArgv: [], cwd: '/', ...owner });
  t.after(() => child.kill('SIGKILL'));
  const [message] = (await once(child, 'message')) as [Omit<Holder, 'child'>];
  return { child, ...message };
}

async function release({ child }: Holder): Promise<void> {
  const ended = once(child, 'exit');
  child.send('stop');
  assert.deepEqual(await ended, [0, null]);
}

async function kill({ child }: Holder): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function serverPid(folder: string): Promise<number> {
  const record = await readServerRecord(join(folder, 'cluster'));
  assert.ok(record, 'a server is recorded');
  return record.pid;
}

async function waitFor(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let round = 0; !(await condition()); round++) {
    assert.ok(round < 1000, what);
    await sleep(10);
  }
}

test('first start makes a closed folder with a socket and no port, and stop leaves no process', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const postgres = await start(t, folder);
  assert.equal(postgres.owned, true);
  assert.equal((await stat(folder)).mode & 0o777, 0o700);
  assert.deepEqual(await query(postgres.connection, 'show listen_addresses'), [{ listen_addresses: '' }]);
  assert.deepEqual(await query(postgres.connection, 'show fsync'), [{ fsync: 'on' }]);
  const pid = await serverPid(folder);
  await postgres.stop();
  await postgres.stop();
  assert.equal(await isAlive(pid), false);
  assert.equal(await readServerRecord(join(folder, 'cluster')), undefined);
});

test('a later start finds the data', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const first = await start(t, folder);
  await query(first.connection, 'create table kept as select 42 as n');
  await first.stop();
  const second = await start(t, folder);
  assert.deepEqual(await query(second.connection, 'select n from kept'), [{ n: 42 }]);
});

test('four processes start at once on an empty folder: one owns the server, all use it', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const holders = await Promise.all([1, 2, 3, 4].map(() => hold(t, { folder })));
  assert.deepEqual(
    holders.flatMap(({ fault }) => fault ?? []),
    [],
  );
  assert.equal(holders.filter(({ owned }) => owned).length, 1);
  for (const { connection } of holders) assert.equal((await query(connection, 'select 1')).length, 1);
  const names = await readdir(folder);
  assert.deepEqual(
    names.filter((name) => name.startsWith('new-')),
    [],
  );
  for (const holder of holders.filter(({ owned }) => !owned)) await release(holder);
  const owner = holders.find(({ owned }) => owned);
  assert.ok(owner);
  assert.equal((await query(owner.connection, 'select 1')).length, 1, 'a guest that leaves does not stop the server');
  await release(owner);
});

test('a second start attaches, and its stop leaves the server to its owner', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const owner = await hold(t, { folder });
  const guest = await start(t, folder);
  assert.equal(guest.owned, false);
  await guest.stop();
  assert.equal((await query(owner.connection, 'select 1')).length, 1);
  await release(owner);
});

test('after kill -9 of its owner the server ends by itself, and the next start has the data', { skip: onLinux }, async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const owner = await hold(t, { folder });
  await query(owner.connection, 'create table kept as select 1 as n');
  const pid = await serverPid(folder);
  await kill(owner);
  const next = await start(t, folder);
  assert.equal(next.owned, true);
  assert.notEqual(await serverPid(folder), pid);
  assert.deepEqual(await query(next.connection, 'select n from kept'), [{ n: 1 }]);
});

test('an orphan that nothing guards is stopped and replaced', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const owner = await hold(t, { folder, setpriv: '/nonexistent/setpriv' });
  await query(owner.connection, 'create table kept as select 1 as n');
  const pid = await serverPid(folder);
  await kill(owner);
  await sleep(100);
  assert.equal(await isAlive(pid), true);
  const next = await start(t, folder);
  assert.equal(next.owned, true);
  assert.notEqual(await serverPid(folder), pid);
  assert.equal(await isAlive(pid), false, 'the orphan ended');
  assert.deepEqual(await query(next.connection, 'select n from kept'), [{ n: 1 }]);
});

test('after kill -9 of the server the next start recovers what was committed', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const first = await start(t, folder);
  await query(first.connection, 'create table kept as select 7 as n');
  process.kill(await serverPid(folder), 'SIGKILL');
  const second = await start(t, folder);
  assert.equal(second.owned, true);
  assert.deepEqual(await query(second.connection, 'select n from kept'), [{ n: 7 }]);
});

test('a lock whose number another program has now does not keep the database from starting', { skip: onLinux }, async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const first = await start(t, folder);
  const lock = join(folder, 'cluster', 'postmaster.pid');
  const text = await readFile(lock, 'utf8');
  await first.stop();
  const { uid, gid } = await stat(join(folder, 'cluster'));
  const other = spawn('sleep', ['60'], { uid, gid, cwd: '/', stdio: 'ignore' });
  t.after(() => other.kill('SIGKILL'));
  await once(other, 'spawn');
  await writeFile(lock, text.replace(/^\d+/, String(other.pid)));
  await chown(lock, uid, gid);
  const second = await start(t, folder);
  assert.equal((await query(second.connection, 'select 1')).length, 1);
});

test('a path too long for a socket gets a short one, gone after stop', async (t) => {
  const folder = join(await temporaryFolder(t), 'long'.repeat(30), 'postgres');
  const postgres = await start(t, folder);
  assert.ok(postgres.connection.kind === 'socket');
  const socket = postgres.connection.folder;
  assert.ok(Buffer.byteLength(socket) < 80);
  assert.equal((await stat(socket)).mode & 0o777, 0o700);
  const guest = await start(t, folder);
  assert.deepEqual(guest.connection, postgres.connection);
  await postgres.stop();
  await assert.rejects(stat(socket), { code: 'ENOENT' });
});

test('root starts it below a closed parent folder', { skip: asRoot || onLinux }, async (t) => {
  const parent = await temporaryFolder(t);
  await chmod(parent, 0o700);
  const folder = join(parent, 'postgres');
  const first = await start(t, folder);
  assert.equal((await query(first.connection, 'select 1')).length, 1);
  await first.stop();
  const owner = await hold(t, { folder });
  const pid = await serverPid(folder);
  await kill(owner);
  await waitFor(async () => !(await isAlive(pid)), 'the server ended with its owner');
});

test('root without setpriv below a closed folder is told what to do', { skip: asRoot || onLinux }, async (t) => {
  const parent = await temporaryFolder(t);
  await chmod(parent, 0o700);
  const starting = startEmbeddedPostgres({ folder: join(parent, 'postgres'), log: silentLog, setpriv: '/nonexistent/setpriv' });
  await assert.rejects(starting, (fault: Error) => fault instanceof StartFault && /setpriv \(package util-linux\)/.test(fault.message));
});

test('an ordinary user starts it, and root goes on with the same data afterwards', { skip: asRoot }, async (t) => {
  const parent = await temporaryFolder(t);
  await chown(parent, ordinary.uid, ordinary.gid);
  const folder = join(parent, 'postgres');
  const holder = await hold(t, { folder }, ordinary);
  assert.equal(holder.fault, undefined);
  await query(holder.connection, 'create table kept as select 3 as n');
  await release(holder);
  const later = await start(t, folder);
  assert.deepEqual(await query(later.connection, 'select n from kept'), [{ n: 3 }]);
  await later.stop();
  const again = await hold(t, { folder }, ordinary);
  assert.equal(again.fault, undefined);
  await release(again);
});

test('a folder that cannot be written is one sentence', async (t) => {
  const parent = await temporaryFolder(t);
  await writeFile(join(parent, 'file'), '');
  const starting = startEmbeddedPostgres({ folder: join(parent, 'file', 'postgres'), log: silentLog });
  await assert.rejects(starting, (fault: Error) => fault instanceof StartFault && /cannot be written by this user/.test(fault.message));
});

test('a read-only folder is one sentence for an ordinary user', async (t) => {
  const parent = await temporaryFolder(t);
  await chmod(parent, 0o555);
  const holder = await hold(t, { folder: join(parent, 'postgres') }, asRoot ? {} : ordinary);
  assert.match(holder.fault ?? '', /^StartFault: The database folder .* cannot be written by this user\. Make it writable/);
});

test("another user's database is one sentence for an ordinary user", { skip: asRoot }, async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  await start(t, folder);
  const holder = await hold(t, { folder }, ordinary);
  assert.match(holder.fault ?? '', /^StartFault: The database folder /);
});

test('a data folder of another PostgreSQL version is named, with the log', async (t) => {
  const folder = join(await temporaryFolder(t), 'postgres');
  const first = await start(t, folder);
  await first.stop();
  const version = join(folder, 'cluster', 'PG_VERSION');
  await writeFile(version, '12\n');
  await assert.rejects(startEmbeddedPostgres({ folder, log: silentLog }), (fault: Error) => {
    assert.ok(fault instanceof StartFault);
    assert.match(fault.message, /incompatible with server/);
    assert.ok(fault.message.includes(join(dirname(dirname(version)), 'postgres.log')));
    return true;
  });
});
