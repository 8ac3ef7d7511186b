import { execFile } from 'node:child_process';
import { chmod, chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import type { ConnectionTarget } from '../connection-target.ts';
import { readPassword } from './cluster.ts';
import { isAlive, readServerRecord, type ServerRecord } from './liveness.ts';
import { commandOf, type Running, type Site, socketPort, startProgram, superuser } from './site.ts';

/** The kernel's limit for a socket's path is 108 bytes, one of them for the end. */
const longestSocketPath = 107;
const stopPatienceMilliseconds = 60_000;

/** The socket stands in the cluster's own closed folder, or in a fresh closed one under the temp folder when that path is too long. */
async function chooseSocketFolder({ folder, owner }: Pick<Site, 'folder' | 'owner'>): Promise<string> {
  if (Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}.lock`)) <= longestSocketPath) return folder;
  const short = await mkdtemp(join(await realpath(tmpdir()), 'chancery-'));
  if (owner) await chown(short, owner.uid, owner.gid);
  await chmod(short, 0o700);
  return short;
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => probe.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as { port: number };
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function serverSettings(site: Site): Promise<Readonly<Record<string, string>>> {
  // No details and no statements: the log can hold nothing personal.
  const quiet = { log_error_verbosity: 'terse', log_min_error_statement: 'panic', log_checkpoints: 'off' };
  const common = { ...quiet, ...site.settings };
  if (site.access === 'tcp')
    return { listen_addresses: '127.0.0.1', port: String(await freePort()), unix_socket_directories: '', ...common };
  const folder = await chooseSocketFolder(site);
  return { listen_addresses: '', port: String(socketPort), unix_socket_directories: folder, unix_socket_permissions: '0777', ...common };
}

/** Starts the server of a complete cluster; it is not ready yet. */
export async function launch(site: Site): Promise<Running> {
  const settings = Object.entries(await serverSettings(site)).map(([name, value]) => `${name}=${value}`);
  if (process.platform === 'win32') {
    // On Windows only pg_ctl can start a server from an administrator's account, and it ends once the server runs.
    const options = settings.map((setting) => `-c ${setting.endsWith('=') ? `${setting}''` : setting}`).join(' ');
    return startProgram(site, 'pg_ctl', ['start', '-D', site.cluster, '-W', '-o', options]);
  }
  return startProgram(site, 'postgres', ['-D', site.cluster, ...settings.flatMap((setting) => ['-c', setting])]);
}

async function targetOf(site: Site, { port, socketFolder }: ServerRecord): Promise<ConnectionTarget> {
  if (site.access === 'socket') return { kind: 'socket', folder: socketFolder, user: superuser, database: 'postgres' };
  return { kind: 'url', url: `postgresql://${superuser}:${await readPassword(site)}@127.0.0.1:${port}/postgres` };
}

export type Probe =
  | { readonly state: 'ready'; readonly connection: ConnectionTarget; readonly server: ServerRecord }
  /** Somebody's server is there, coming up or going down. */
  | { readonly state: 'busy' }
  | { readonly state: 'absent' };

/** Asks whether a server of this cluster answers. */
export async function probe(site: Site): Promise<Probe> {
  const server = await readServerRecord(site.cluster);
  if (!server) return { state: 'absent' };
  if (site.access === 'socket' && server.socketFolder === '') return { state: (await isAlive(server.pid)) ? 'busy' : 'absent' };
  const connection = await targetOf(site, server);
  const address =
    connection.kind === 'socket'
      ? { host: connection.folder, port: socketPort, user: connection.user, database: connection.database, ssl: false }
      : { connectionString: connection.url };
  const client = new pg.Client({ ...address, connectionTimeoutMillis: 5000 });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.end();
    return { state: 'ready', connection, server };
  } catch (fault) {
    const { code } = fault as { code?: string };
    // 57P03: "the database system is starting up" or "is shutting down".
    return { state: code === '57P03' ? 'busy' : 'absent' };
  }
}

/** Stops the server as an administrator would (open transactions are rolled back) and waits until its lock and its process are gone. */
export async function stopServer(site: Site, server: ServerRecord): Promise<void> {
  if (process.platform === 'win32') {
    const [command, ...parameters] = commandOf(site, 'pg_ctl', ['stop', '-D', site.cluster, '-m', 'fast', '-w']);
    await promisify(execFile)(command, parameters).catch(() => {});
  } else {
    await waitUntilStopped(site, server);
  }
  if (site.access === 'socket' && server.socketFolder !== site.folder) await rm(server.socketFolder, { recursive: true, force: true });
}

async function waitUntilStopped(site: Site, { pid }: ServerRecord): Promise<void> {
  const deadline = Date.now() + stopPatienceMilliseconds;
  signal(pid, 'SIGINT');
  // The lock goes a moment before the process does: whoever is told that all is stopped must find neither.
  while (await isAlive(pid)) {
    if (Date.now() > deadline) {
      // Without a lock the number has gone to another program by now.
      if ((await readServerRecord(site.cluster))?.pid !== pid) return;
      signal(pid, 'SIGQUIT');
    }
    await sleep(5);
  }
}

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended by itself.
  }
}
