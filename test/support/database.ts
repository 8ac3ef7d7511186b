import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { randomHandle } from '../../src/lib/bytes.ts';
import { silentLog } from '../../src/lib/log.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { type ConnectionTarget, clientConfig } from '../../src/store/postgres/connection.ts';

/** A crash of the machine may lose a test's data; that makes writing much faster. */
export const testSettings = { fsync: 'off', full_page_writes: 'off', synchronous_commit: 'off', max_connections: '200' };

/** Seals the audit trail of the tests. */
export const auditSecret: Uint8Array = Buffer.alloc(32, 7);

let cluster: Promise<ConnectionTarget> | undefined;

/** The run's shared cluster when the runner names its socket folder, else one of this process, gone when the process ends. */
export function testCluster(): Promise<ConnectionTarget> {
  cluster ??= openCluster();
  return cluster;
}

async function openCluster(): Promise<ConnectionTarget> {
  const shared = process.env.CHANCERY_TEST_CLUSTER;
  if (shared) return { kind: 'socket', folder: shared, user: 'app', database: 'postgres' };
  const folder = mkdtempSync(join(tmpdir(), 'chancery-test-'));
  const { connection } = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog, settings: testSettings });
  process.once('exit', () => removeCluster(folder));
  return connection;
}

/** At exit nothing can be awaited: the server is ended at once, then its folder goes. */
function removeCluster(folder: string): void {
  const lock = join(folder, 'postgres', 'cluster', 'postmaster.pid');
  const pid = Number.parseInt(readFileSync(lock, 'utf8'), 10);
  process.kill(pid, 'SIGQUIT');
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; existsSync(lock) && round < 500; round++) Atomics.wait(pause, 0, 0, 10);
  rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 50 });
}

/** The same cluster, another database of it. */
export function inDatabase(target: ConnectionTarget, database: string): ConnectionTarget {
  if (target.kind === 'socket') return { ...target, database };
  const url = new URL(target.url);
  url.pathname = `/${database}`;
  return { kind: 'url', url: url.href };
}

/** Runs one statement as the database's owner, outside every service's schema. */
export async function administer<Row>(target: ConnectionTarget, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client(clientConfig(target));
  await client.connect();
  try {
    return (await client.query(text, values)).rows as Row[];
  } finally {
    await client.end();
  }
}

export async function createTestDatabase(server?: ConnectionTarget): Promise<{ target: ConnectionTarget; drop(): Promise<void> }> {
  const maintenance = server ?? (await testCluster());
  const name = `test_${randomHandle().slice(0, 20).replaceAll('-', '_').toLowerCase()}`;
  await administer(maintenance, `create database ${name}`);
  return {
    target: inDatabase(maintenance, name),
    drop: async () => {
      await administer(maintenance, `drop database if exists ${name} with (force)`);
    },
  };
}
