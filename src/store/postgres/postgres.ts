import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { Artifacts } from '../artifacts.ts';
import type { Deferrals } from '../deferrals.ts';
import type { Ledger } from '../ledger.ts';
import type { StatusLists } from '../status-lists.ts';
import type { Store } from '../store.ts';
import type { TypeStore } from '../type-store.ts';
import { createArtifactStore } from './artifact-store.ts';
import { type AuditStores, openAudit } from './audit-store.ts';
import { type ConnectionTarget, openPool, type ServiceName } from './connection.ts';
import { createDeferralStore } from './deferral-store.ts';
import { createHandleStore } from './handle-store.ts';
import { createLedgerStore } from './ledger-store.ts';
import { bringForward } from './migrate.ts';
import { createOperatorStores, type OperatorStores } from './operator-store.ts';
import { PoolSession } from './session.ts';
import { createStatusStore } from './status-store.ts';
import { startSweeper } from './sweeper.ts';
import { createTypeStore } from './type-store.ts';

export interface ServiceTools {
  readonly clock: Clock;
  readonly log: Log;
  /** Connections at most; 10 by default. */
  readonly poolSize?: number;
  /** 32 bytes that the database does not hold: what seals the audit trail. Without it nothing is done that must be recorded. */
  readonly auditSecret?: Uint8Array;
}

/** One service's own part of the database. */
export interface ServiceDatabase extends AuditStores, OperatorStores {
  readonly store: Store;
  /** Only the authorization layer has the table. */
  readonly artifacts: Artifacts;
  /** Only the issuer has the tables. */
  readonly ledger: Ledger;
  /** Only the issuer has the table. */
  readonly deferrals: Deferrals;
  /** Only the issuer has the tables. */
  readonly statusLists: StatusLists;
  /** Only the issuer has the tables. */
  readonly types: TypeStore;
  /** Rejects when the database does not answer. */
  check(): Promise<void>;
  /** Deletes what has expired now; it also happens by itself every half minute. */
  sweep(): Promise<number>;
  /** SQL statements sent so far. */
  statements(): number;
  /** Waits for commits under way, then closes every connection. */
  close(): Promise<void>;
}

/**
 * Opens one service's schema, brought to its newest state first. Several nodes may do so at once.
 * Throws `StartFault` when the database cannot be reached or used; later faults are `StoreUnavailable`.
 */
export async function openService(
  target: ConnectionTarget,
  service: ServiceName,
  { clock, log, poolSize = 10, auditSecret }: ServiceTools,
): Promise<ServiceDatabase> {
  await bringForward(target, service);
  const onLost = (fault: Error) => log.write('warn', 'database connection lost', { role: service, cause: fault.name });
  const pool = openPool(target, service, { size: poolSize, onLost });
  const session = new PoolSession(pool);
  const { groups, acts, audit } = await openAudit(session, clock, { service, secret: auditSecret });
  const ledger = createLedgerStore(session, clock, groups);
  const sweeper = startSweeper(session, service, { clock, log });
  return {
    store: createHandleStore(session, clock),
    artifacts: createArtifactStore(session, clock),
    ledger,
    audit,
    deferrals: createDeferralStore(session, clock, acts),
    statusLists: createStatusStore(session, clock, acts),
    // Asked all the time, by itself: not among the statements that are counted to see what a request costs.
    types: createTypeStore(new PoolSession(pool), clock, acts),
    ...createOperatorStores(session, clock),
    sweep: () => sweeper.sweep(),
    statements: () => session.count,
    async check() {
      await session.run({ name: 'check', text: 'select 1' }, []);
    },
    async close() {
      await ledger.settled();
      await audit.settled();
      await sweeper.stop();
      await pool.end();
    },
  };
}
