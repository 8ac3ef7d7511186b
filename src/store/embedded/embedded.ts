import { readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../lib/log.ts';
import { StartFault } from '../../lib/start-fault.ts';
import type { ConnectionTarget } from '../connection-target.ts';
import { findBinaries, linkLibraries } from './binaries.ts';
import { ensureCluster, prepareFolder } from './cluster.ts';
import { isAlive, isForeign, readServerRecord, type ServerRecord } from './liveness.ts';
import { chooseOwner, choosePrivileges } from './privileges.ts';
import { launch, probe, signal, stopServer } from './server.ts';
import { type Access, faultLine, logLength, logSince, type Running, type Site, trimLog } from './site.ts';

export interface EmbeddedOptions {
  /** Absolute folder for the cluster; made when missing. */
  readonly folder: string;
  readonly log: Log;
  /** By default a unix socket, and TCP with a password on Windows. */
  readonly access?: Access;
  /** Server settings such as `fsync`, for tests. */
  readonly settings?: Readonly<Record<string, string>>;
  /** The program that guards the server on Linux, replaced in tests. */
  readonly setpriv?: string;
}

export interface EmbeddedPostgres {
  readonly connection: ConnectionTarget;
  /** False when another living process started the server: then `stop` leaves it alone. */
  readonly owned: boolean;
  stop(): Promise<void>;
}

/** A dead server's lock may look alive while its parent has not looked after it; a killed one's children need a moment to end. */
const lockPatienceMilliseconds = 5000;
/** From a server's first answer to its starter's name beside it there is one file to write. */
const namePatienceMilliseconds = 5000;
/** Recovery after a crash replays at most a gigabyte of log. */
const startPatienceMilliseconds = 180_000;
const passingFaults = /postmaster\.pid" already exists|pre-existing shared memory block|Address already in use|could not create any TCP/;

async function openSite(options: EmbeddedOptions): Promise<Site> {
  const { access = process.platform === 'win32' ? 'tcp' : 'socket', settings = {}, setpriv } = options;
  const binaries = findBinaries();
  const owner = await chooseOwner(join(options.folder, 'cluster'));
  await prepareFolder(options.folder, owner);
  const folder = await realpath(options.folder);
  const privileges = await choosePrivileges(owner, [folder, binaries.folder], setpriv);
  const libraries = await linkLibraries(binaries, join(folder, 'lib'));
  const cluster = join(folder, 'cluster');
  const environment = { LC_ALL: 'C', TZ: 'UTC', ...libraries };
  return { folder, cluster, logFile: join(folder, 'postgres.log'), binaries, environment, owner, privileges, access, settings };
}

function keeperFile({ folder }: Site): string {
  return join(folder, 'keeper.pid');
}

/**
 * Who promised to stop this server: a process that lives, one that was killed, or nobody yet, because a server answers a moment
 * before its starter has written its name down.
 */
async function readKeeping(site: Site, server: ServerRecord): Promise<'kept' | 'orphan' | 'unnamed'> {
  const [keeper = 0, kept = 0] = (await readFile(keeperFile(site), 'utf8').catch(() => '')).split(' ').map(Number);
  if (kept !== server.pid) return 'unnamed';
  return keeper === process.pid || (await isAlive(keeper)) ? 'kept' : 'orphan';
}

interface Found {
  readonly connection: ConnectionTarget;
  readonly server: ServerRecord;
}

/** The server that answers now, if any; a server that is on its way up or down is waited for. */
async function findServer(site: Site, deadline: number): Promise<Found | undefined> {
  for (;;) {
    const found = await probe(site);
    if (found.state === 'ready') return found;
    if (found.state === 'absent' || Date.now() > deadline) return undefined;
    await sleep(20);
  }
}

/** Our own server, once it answers; `undefined` when it gave way to another one or to a lock that will pass. */
async function startServer(site: Site, deadline: number): Promise<Found | undefined> {
  await trimLog(site);
  const before = await logLength(site);
  const running = await launch(site);
  let code: string | undefined;
  running.ended.then((ending) => {
    code = ending;
  });
  while (Date.now() < deadline) {
    const found = await probe(site);
    if (found.state === 'ready') return ours(found, running) ? kept(found, running) : undefined;
    // On Windows the starter ends at once and well, the server goes on.
    if (code !== undefined && code !== '0') return explainEnd(site, before);
    await sleep(10);
  }
  signal(running.pid, 'SIGINT');
  throw new StartFault(`The built-in database did not answer in time. Its log is ${site.logFile}.`);
}

function ours({ server }: Found, { pid }: Running): boolean {
  return process.platform === 'win32' || server.pid === pid;
}

function kept(found: Found, running: Running): Found {
  running.release();
  return found;
}

async function explainEnd(site: Site, before: number): Promise<undefined> {
  const log = await logSince(site, before);
  if (passingFaults.test(log)) return undefined;
  throw new StartFault(`The built-in database could not be started: ${faultLine(log)}. Its log is ${site.logFile}.`);
}

/** The lock file of a crash may name a process number that another program has now: such a lock would never go away by itself. */
async function dropForeignLock({ cluster }: Site): Promise<boolean> {
  const record = await readServerRecord(cluster);
  if (!record || !(await isForeign(record.pid))) return false;
  await rm(join(cluster, 'postmaster.pid'), { force: true });
  return true;
}

/** Attaches to a server or starts one, until one of the two has worked. */
async function obtainServer(site: Site): Promise<Found & { readonly started: boolean }> {
  const deadline = Date.now() + startPatienceMilliseconds;
  let lockDeadline: number | undefined;
  for (;;) {
    const found = await findServer(site, deadline);
    if (found) return { ...found, started: false };
    await ensureCluster(site);
    const started = await startServer(site, deadline);
    if (started) return { ...started, started: true };
    if (await dropForeignLock(site)) continue;
    // From the first lock that was met: making the cluster before it may take a slow machine longer than that.
    lockDeadline ??= Date.now() + lockPatienceMilliseconds;
    if (Date.now() > lockDeadline)
      throw new StartFault(`Another program holds the database in ${site.folder}. Stop it, or name another folder in CHANCERY_DATA.`);
    await sleep(50);
  }
}

/**
 * A server of ours, or one that somebody keeps. An orphan may be ending this very moment, because its keeper just died, or never
 * end: it is stopped either way, and another one started, so that nothing hangs on which of the two it was.
 */
async function settle(site: Site): Promise<Found & { readonly owned: boolean }> {
  const nameDeadline = Date.now() + namePatienceMilliseconds;
  for (;;) {
    const found = await obtainServer(site);
    if (found.started) return { ...found, owned: true };
    const keeping = await readKeeping(site, found.server);
    if (keeping === 'kept') return { ...found, owned: false };
    if (keeping === 'orphan' || Date.now() > nameDeadline) await stopServer(site, found.server);
    else await sleep(20);
  }
}

function attached(connection: ConnectionTarget): EmbeddedPostgres {
  return { connection, owned: false, stop: async () => {} };
}

/**
 * Starts PostgreSQL from npm's binaries in `folder`, or attaches to the one that already runs there. No system user is made, no
 * port is opened (Windows apart). A server started here also ends when this process is killed. Throws `StartFault`.
 */
export async function startEmbeddedPostgres(options: EmbeddedOptions): Promise<EmbeddedPostgres> {
  const site = await openSite(options);
  const { connection, server, owned } = await settle(site);
  options.log.write('info', owned ? 'database started' : 'database attached');
  if (!owned) return attached(connection);
  await writeFile(keeperFile(site), `${process.pid} ${server.pid}`, { mode: 0o600 });
  const endWithProcess = () => signal(server.pid, 'SIGINT');
  process.once('exit', endWithProcess);
  let stopping: Promise<void> | undefined;
  return {
    connection,
    owned,
    stop() {
      stopping ??= stopServer(site, server).then(() => {
        process.off('exit', endWithProcess);
        return rm(keeperFile(site), { force: true });
      });
      return stopping;
    },
  };
}
