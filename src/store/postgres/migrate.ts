import { Kysely, PostgresDialect } from 'kysely';
import { type Migration, Migrator, NO_MIGRATIONS } from 'kysely/migration';
import pg from 'pg';
import { StartFault } from '../../lib/start-fault.ts';
import { type ConnectionTarget, clientConfig, describeTarget, type ServiceName } from './connection.ts';
import { artifactTable } from './migrations/artifact-table.ts';
import { credentialTypeTables } from './migrations/credential-type-tables.ts';
import { deferralTable } from './migrations/deferral-table.ts';
import { handleTable } from './migrations/handle-table.ts';
import { ledgerEventTable } from './migrations/ledger-event-table.ts';
import { ledgerTables } from './migrations/ledger-tables.ts';
import { statusTables } from './migrations/status-tables.ts';
import { prepareSchema } from './prepare.ts';

/** Each service's own way forward, in order of the names; a migration that was released is never changed. */
const migrations: Readonly<Record<ServiceName, Record<string, Migration>>> = {
  wallet: { '0001-handle': handleTable },
  authorization: { '0001-handle': handleTable, '0002-artifact': artifactTable },
  issuer: {
    '0001-handle': handleTable,
    '0002-ledger': ledgerTables,
    '0003-status': statusTables,
    '0004-ledger-event': ledgerEventTable,
    '0005-deferral': deferralTable,
    '0006-credential-type': credentialTypeTables,
  },
};

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
