import pg from 'pg';
import type { ConnectionTarget } from '../connection-target.ts';

export type { ConnectionTarget } from '../connection-target.ts';

/** Who has a schema: each service, and the operators of them all. */
export type ServiceName = 'wallet' | 'authorization' | 'issuer' | 'operators';

/** One schema per service, owned by a role of the same name: no service can read another's tables. */
export function schemaOf(service: ServiceName): string {
  return `chancery_${service}`;
}

const socketPort = 5432;
const connectPatienceMilliseconds = 5000;
const statementPatienceMilliseconds = 30_000;

/** Settings of the session, given while connecting: no client of a pool can ever be used without them. */
function sessionOptions(schema: string | undefined): string {
  const settings = [
    'TimeZone=UTC',
    // Every verb is one statement whose condition is checked again when it had to wait; a stricter default would only make it fail.
    'default_transaction_isolation=read\\ committed',
    ...(schema ? [`search_path=${schema}`, `role=${schema}`] : []),
  ];
  return settings.map((setting) => `-c ${setting}`).join(' ');
}

/** Adds our session options to those that the operator's address may carry already. */
function withOptions(url: string, options: string): string {
  const address = new URL(url);
  const given = address.searchParams.get('options');
  address.searchParams.set('options', given ? `${given} ${options}` : options);
  return address.href;
}

/** Settings for a client of `target`; with a service they put it into that service's schema and role. */
export function clientConfig(target: ConnectionTarget, service?: ServiceName): pg.ClientConfig {
  const options = sessionOptions(service && schemaOf(service));
  const common = {
    application_name: service ? `chancery ${service}` : 'chancery',
    connectionTimeoutMillis: connectPatienceMilliseconds,
    keepAlive: true,
  };
  if (target.kind === 'url') return { ...common, connectionString: withOptions(target.url, options) };
  const { folder, user, database } = target;
  return { ...common, host: folder, port: socketPort, user, database, ssl: false, options };
}

export interface PoolOptions {
  readonly size: number;
  /** An idle connection broke; the pool has dropped it already. */
  readonly onLost: (fault: Error) => void;
}

export function openPool(target: ConnectionTarget, service: ServiceName, { size, onLost }: PoolOptions): pg.Pool {
  const patience = { statement_timeout: statementPatienceMilliseconds, idle_in_transaction_session_timeout: statementPatienceMilliseconds };
  const pool = new pg.Pool({ ...clientConfig(target, service), ...patience, max: size, idleTimeoutMillis: 60_000 });
  pool.on('error', onLost);
  // A connection that breaks while it is in use fails its statement; without a listener it would end the process as well.
  pool.on('connect', (client) => client.on('error', () => {}));
  return pool;
}

/** Where a database is, for people: without user and password. */
export function describeTarget(target: ConnectionTarget): string {
  if (target.kind === 'socket') return `in ${target.folder}`;
  const { host, pathname } = new URL(target.url);
  return `at ${host}${pathname}`;
}
