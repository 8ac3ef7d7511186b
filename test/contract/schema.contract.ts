import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import pg from 'pg';
import { systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { type ConnectionTarget, clientConfig, type ServiceName } from '../../src/store/postgres/connection.ts';
import { migrateTo } from '../../src/store/postgres/migrate.ts';
import { openService } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase, inDatabase } from '../support/database.ts';

const services: readonly ServiceName[] = ['wallet', 'authorization', 'issuer', 'operators'];
const tools = { clock: systemClock, log: silentLog };
const growing = "n.nspname like 'chancery\\_%' and c.relkind = 'r' and c.relname not like 'migration%'";

async function openAndClose(target: ConnectionTarget, service: ServiceName): Promise<void> {
  const database = await openService(target, service, tools);
  await database.check();
  await database.close();
}

/** What every service's schema and its migrations promise. */
export function schemaContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`schemas on ${name}`, () => {
    let server: ConnectionTarget;
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    const tables = (service: ServiceName) =>
      administer<{ relname: string }>(
        target,
        `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = $1 and ${growing} order by 1`,
        [`chancery_${service}`],
      ).then((rows) => rows.map(({ relname }) => relname));

    before(async () => {
      server = await openTarget();
      ({ target, drop } = await createTestDatabase(server));
    });
    after(() => drop());

    test('four nodes of all services start at once, on two databases whose roles are shared', async () => {
      const second = await createTestDatabase(server);
      const starts = [target, second.target].flatMap((one) =>
        services.flatMap((service) => [1, 2, 3, 4].map(() => openAndClose(one, service))),
      );
      await Promise.all(starts);
      await second.drop();
      assert.deepEqual(await tables('wallet'), ['handle']);
      assert.deepEqual(await tables('authorization'), ['artifact', 'handle']);
      assert.deepEqual(await tables('operators'), ['audit', 'audit_chain', 'kept_answer', 'operator', 'operator_invitation']);
      assert.deepEqual(await tables('issuer'), [
        'audit',
        'audit_chain',
        'credential_type',
        'deferral',
        'handle',
        'issuance',
        'ledger',
        'ledger_event',
        'ledger_group',
        'ledger_subject',
        'outbox',
        'status_change',
        'status_lease',
        'status_list',
        'type_catalogue',
      ]);
    });

    test('performance S-5: every key of every growing table contains the distribution column', async () => {
      const rows = await administer<{ table: string; columns: string[] }>(
        target,
        `select n.nspname || '.' || c.relname as table,
            array(select a.attname::text from pg_attribute a where a.attrelid = c.oid and a.attnum = any(i.indkey)) as columns
          from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
          where (i.indisunique or i.indisprimary) and ${growing}`,
      );
      for (const { table, columns } of rows) assert.ok(columns.includes('bucket'), `${table}: ${columns}`);
      const keyed = new Set(rows.map(({ table }) => table));
      for (const service of services)
        for (const table of await tables(service)) assert.ok(keyed.has(`chancery_${service}.${table}`), `${service}.${table} has a key`);
    });

    test('performance S-7: no foreign key, sequence, trigger or unlogged table', async () => {
      const [row] = await administer<Record<string, number>>(
        target,
        `select (select count(*)::integer from pg_constraint where contype = 'f') as "foreign",
          (select count(*)::integer from pg_class c join pg_namespace n on n.oid = c.relnamespace
            where n.nspname like 'chancery\\_%' and (c.relkind = 'S' or c.relpersistence = 'u')) as sequences,
          (select count(*)::integer from pg_trigger) as triggers`,
      );
      assert.deepEqual(row, { foreign: 0, sequences: 0, triggers: 0 });
    });

    test('a service works in its own schema and can read no other', async () => {
      for (const service of services) {
        const client = new pg.Client(clientConfig(target, service));
        await client.connect();
        try {
          const { rows } = await client.query('select current_user, current_schema');
          assert.deepEqual(rows, [{ current_user: `chancery_${service}`, current_schema: `chancery_${service}` }]);
          for (const other of services.filter((one) => one !== service))
            await assert.rejects(client.query(`select from chancery_${other}.handle`), { code: '42501' });
        } finally {
          await client.end();
        }
      }
    });

    test('quality Q15: migrations run forward, back to nothing, and forward again', async () => {
      for (const service of services) {
        const before = await tables(service);
        await migrateTo(target, service, 'none');
        assert.deepEqual(await tables(service), []);
        await migrateTo(target, service, 'none');
        await migrateTo(target, service, 'latest');
        assert.deepEqual(await tables(service), before);
      }
    });

    test('a schema of a newer version is left alone, with a sentence', async () => {
      await administer(target, `insert into chancery_wallet.migration values ('9999-later', '2030-01-01T00:00:00Z')`);
      await assert.rejects(openService(target, 'wallet', tools), (fault: Error) => {
        assert.ok(fault instanceof StartFault);
        assert.match(fault.message, /newer version of Chancery/);
        return true;
      });
      await administer(target, `delete from chancery_wallet.migration where name = '9999-later'`);
    });

    test('an ordinary database user is enough when it may create roles, or when they were made for it', async () => {
      const login = async (user: string, rights: string) => {
        await administer(server, `create role ${user} login password 'secret' ${rights}`);
        const made = await createTestDatabase(server);
        const database = made.target.kind === 'socket' ? made.target.database : new URL(made.target.url).pathname.slice(1);
        await administer(server, `grant create, connect on database ${database} to ${user}`);
        return { target: asUser(inDatabase(server, database), user), admin: made.target, drop: made.drop };
      };
      const suffix = Date.now();
      const plain = await login(`plain_${suffix}`, '');
      await assert.rejects(openService(plain.target, 'wallet', tools), (fault: Error) => {
        assert.ok(fault instanceof StartFault);
        assert.match(fault.message, /Let an administrator run: create role chancery_wallet/);
        assert.doesNotMatch(fault.message, /secret/);
        return true;
      });
      await administer(plain.admin, `grant chancery_wallet to plain_${suffix}`);
      await openAndClose(plain.target, 'wallet');
      await plain.drop();
      await administer(server, `revoke chancery_wallet from plain_${suffix}`);
      await administer(server, `drop role plain_${suffix}`);
    });

    test('a database that is not there is one sentence', async () => {
      await assert.rejects(openService(inDatabase(server, 'absent'), 'wallet', tools), (fault: Error) => {
        assert.ok(fault instanceof StartFault);
        assert.match(fault.message, /does not exist/);
        return true;
      });
    });
  });
}

function asUser(target: ConnectionTarget, user: string): ConnectionTarget {
  if (target.kind === 'socket') return { ...target, user };
  const url = new URL(target.url);
  url.username = user;
  url.password = 'secret';
  return { kind: 'url', url: url.href };
}
