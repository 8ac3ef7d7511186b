import type { Clock } from '../../lib/clock.ts';
import type { Audit, AuditEntry, AuditHead } from '../audit.ts';
import { type AuditEvent, AuditTrail } from './audit-trail.ts';
import { placeOfChain } from './bucket.ts';
import { GroupCommit } from './group-commit.ts';
import { retryCollisions, type Session, type Statement } from './session.ts';

const readHeads: Statement = {
  name: 'audit-heads',
  text: `select chain, length, hash, seal, coalesce((select max(number) from audit
      where audit.bucket = audit_chain.bucket and audit.chain = audit_chain.chain), 0) as last
    from audit_chain order by chain`,
};
const readEntries: Statement = {
  name: 'audit-entries',
  text: `select number, id, issuer, at, event::text as event, hash from audit
    where bucket = $1 and chain = $2 and number > $3 order by number limit $4`,
};
const countUnchained: Statement = { name: 'audit-unchained', text: 'select count(*)::integer as count from audit where chain is null' };

type HeadRow = Omit<AuditHead, 'length' | 'last'> & { readonly length: string; readonly last: string };
type EntryRow = Omit<AuditEntry, 'chain' | 'number'> & { readonly number: string };

/** `Audit` on a schema that has the trail: concurrent events share one transaction. */
function createAuditStore(session: Session, clock: Clock, trail: AuditTrail): Audit & { settled(): Promise<void> } {
  const group = new GroupCommit<AuditEvent, void>((events) =>
    retryCollisions(() =>
      session.transaction(async (inner) => {
        await trail.append(inner, events);
        return events.map(() => undefined);
      }),
    ),
  );
  return {
    record: (issuer, event) => group.submit({ issuer, event, at: clock.now() }),
    settled: () => group.settled(),
    async heads() {
      const rows = await session.run<HeadRow>(readHeads, []);
      return rows.map((row) => ({ ...row, length: Number(row.length), last: Number(row.last) }));
    },
    async entries(chain, after, limit) {
      const rows = await session.run<EntryRow>(readEntries, [placeOfChain(chain), chain, after, limit]);
      return rows.map((row) => ({ ...row, chain, number: Number(row.number) }));
    },
    async unchained() {
      const [row] = await session.run<{ readonly count: number }>(countUnchained, []);
      return row?.count ?? 0;
    },
  };
}

export interface AuditStores {
  /** Only the issuer and the operators have the tables. */
  readonly audit: Audit;
}

/** Who has the tables: what the others do is their engine's or nobody's. */
const recording: ReadonlySet<string> = new Set(['issuer', 'operators']);

/** A chain for the groups of issuances, which follow one another, and one for everything else. */
export async function openAudit(session: Session, clock: Clock, { service, secret }: { service: string; secret: Uint8Array | undefined }) {
  const [groups, acts] = [new AuditTrail(service, secret), new AuditTrail(service, secret)];
  if (recording.has(service)) await acts.sealNew(session);
  return { groups, acts, audit: createAuditStore(session, clock, acts) };
}
