import pg from 'pg';
import { StartFault } from '../../lib/start-fault.ts';
import { type ConnectionTarget, clientConfig, describeTarget, type ServiceName, schemaOf } from './connection.ts';

/** Any constant number: all nodes that start at once pass this door one after the other. */
const doorLock = 4_108_327_761;
/** Roles belong to the whole cluster, the lock to one database: what another database's node did first is no fault. */
const doneElsewhere = new Set(['42710', '23505', 'XX000']);
const notAllowed = '42501';

async function tolerantly(work: () => Promise<unknown>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await work();
      return;
    } catch (fault) {
      const { code = '' } = fault as { code?: string };
      // 42710 and 23505: it exists now. XX000: "tuple concurrently updated", so it is tried again.
      if (code === '42710' || code === '23505') return;
      if (!doneElsewhere.has(code) || attempt === 10) throw fault;
    }
  }
}

async function mayBecome(client: pg.Client, role: string): Promise<boolean> {
  try {
    await client.query(`set role ${role}`);
    await client.query('reset role');
    return true;
  } catch (fault) {
    if ((fault as { code?: string }).code === notAllowed) return false;
    throw fault;
  }
}

async function ensureRole(client: pg.Client, role: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_roles where rolname = $1', [role]);
  if (rowCount === 0) await tolerantly(() => client.query(`create role ${role} nologin`));
  if (!(await mayBecome(client, role))) await tolerantly(() => client.query(`grant ${role} to current_user`));
}

async function ensureSchema(client: pg.Client, schema: string): Promise<void> {
  const { rowCount } = await client.query('select from pg_namespace where nspname = $1', [schema]);
  if (rowCount === 0) await client.query(`create schema ${schema} authorization ${schema}`);
}

/**
 * Makes the service's role and schema where they are missing, with the rights of the user in `target`. The role owns the
 * schema and everything in it, so that the connecting user can be replaced by another member of the role.
 */
export async function prepareSchema(target: ConnectionTarget, service: ServiceName): Promise<void> {
  const name = schemaOf(service);
  const client = new pg.Client(clientConfig(target));
  client.on('error', () => {});
  await client.connect();
  try {
    await client.query('select pg_advisory_lock($1)', [doorLock]);
    await ensureRole(client, name);
    await ensureSchema(client, name);
  } catch (fault) {
    if ((fault as { code?: string }).code !== notAllowed) throw fault;
    throw new StartFault(
      `The database user may not prepare the schema ${name} ${describeTarget(target)}. Let an administrator run: ` +
        `create role ${name} nologin; grant ${name} to <user>; create schema ${name} authorization ${name};`,
      fault,
    );
  } finally {
    await client.end();
  }
}
