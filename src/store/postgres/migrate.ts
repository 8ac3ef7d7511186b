import { Kysely, PostgresDialect } from 'kysely';
import { Migrator, NO_MIGRATIONS } from 'kysely/migration';
import pg from 'pg';
import { StartFault } from '../../lib/start-fault.ts';
import { type ConnectionTarget, clientConfig, describeTarget, type ServiceName } from './connection.ts';
import { asStartFault } from './faults.ts';
import { migrations } from './migrations/migrations.ts';
import { prepareSchema } from './prepare.ts';

/**
 * Brings one service's schema forward to the newest state or back to nothing, in one transaction. Several nodes may do so
 * at once: the first one works, the others wait. Throws `StartFault` when the schema is newer than this program.
 */
export async function migrateTo(target: ConnectionTarget, service: ServiceName, state: 'latest' | 'none'): Promise<void> {
  await prepareSchema(target, service);
  const pool = new pg.Pool({ ...clientConfig(target, service), max: 1 });
  pool.on('error', () => {});
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => migrations[service] },
    migrationTableName: 'migration',
    migrationLockTableName: 'migration_lock',
  });
  try {
    const { error } = state === 'latest' ? await migrator.migrateToLatest() : await migrator.migrateTo(NO_MIGRATIONS);
    if (error) throw explain(error, target);
  } finally {
    await db.destroy();
  }
}

function explain(error: unknown, target: ConnectionTarget): unknown {
  if (error instanceof Error && error.message.startsWith('corrupted migrations'))
    return new StartFault(
      `The database ${describeTarget(target)} was used by a newer version of Chancery. Start that version, or restore a backup.`,
      error,
    );
  return error;
}

/** To the newest state, before a service begins: every fault is a sentence for whoever starts it. */
export async function bringForward(target: ConnectionTarget, service: ServiceName): Promise<void> {
  await migrateTo(target, service, 'latest').catch((fault: unknown) => {
    throw asStartFault(fault, target);
  });
}
