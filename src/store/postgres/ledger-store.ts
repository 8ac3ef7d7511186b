import type { Clock } from '../../lib/clock.ts';
import type { Commit, Issuance, Ledger, LedgerRecord, WalletEvent } from '../ledger.ts';
import type { Status } from '../status-lists.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bucketOf, bucketOfList, placeOf } from './bucket.ts';
import { GroupCommit } from './group-commit.ts';
import * as statements from './ledger-statements.ts';
import { writeGroup } from './ledger-write.ts';
import { retryCollisions, type Session, type Statement } from './session.ts';
import { columnsOf } from './unnest.ts';

interface EntryRow {
  readonly credential_id: string;
  readonly credential_type: string;
  readonly digest: Uint8Array;
  readonly issued_at: Date;
  readonly expires_at: Date | null;
  readonly status_list: string | null;
  readonly status_index: number | null;
  readonly batch: Uint8Array | null;
  readonly wallet: Uint8Array | null;
}

interface ChangeRow {
  readonly list: string;
  readonly index: number;
  readonly status: Status;
}

interface EventRow {
  readonly credential_id: string;
  readonly event: WalletEvent;
  readonly at: Date;
}

function readEntry(row: EntryRow, changes: readonly ChangeRow[], events: readonly EventRow[]): LedgerRecord {
  const change = changes.find(({ list, index }) => list === row.status_list && index === row.status_index);
  return {
    credentialId: row.credential_id,
    credentialType: row.credential_type,
    digest: row.digest,
    issuedAt: row.issued_at,
    ...(row.expires_at ? { expiresAt: row.expires_at } : {}),
    ...(row.batch ? { batch: row.batch } : {}),
    ...(row.wallet ? { wallet: row.wallet } : {}),
    ...(row.status_list === null ? {} : { status: change?.status ?? 'valid' }),
    events: events.filter(({ credential_id: id }) => id === row.credential_id).map(({ event, at }) => ({ event, at })),
  };
}

async function findChanges(session: Session, issuer: string, rows: readonly EntryRow[]): Promise<readonly ChangeRow[]> {
  const placed = rows.flatMap(({ status_list: list, status_index: index }) =>
    list === null ? [] : [[bucketOfList(list), issuer, list, index]],
  );
  return placed.length === 0 ? [] : session.run<ChangeRow>(statements.findChanges, columnsOf(placed, 4));
}

async function findRecords(
  session: Session,
  issuer: string,
  { statement, hash }: { readonly statement: Statement; readonly hash: Uint8Array },
): Promise<readonly LedgerRecord[]> {
  const found = await session.run<{ readonly credential_id: string }>(statement, [bucketOf(hash), hash, issuer]);
  const ids = found.map(({ credential_id }) => credential_id);
  if (ids.length === 0) return [];
  const buckets = ids.map((id) => placeOf('credential', id).bucket);
  const rows = await session.run<EntryRow>(statements.findEntries, [buckets, ids, issuer]);
  const changes = await findChanges(session, issuer, rows);
  const events = await session.run<EventRow>(statements.findEvents, [buckets, ids, issuer]);
  return rows.map((row) => readEntry(row, changes, events));
}

/** `Ledger` on the issuer's schema: concurrent commits share one transaction (design D7). */
export function createLedgerStore(session: Session, clock: Clock, trail: AuditTrail): Ledger & { settled(): Promise<void> } {
  const group = new GroupCommit<Issuance, Commit>((issuances) =>
    retryCollisions(() => session.transaction((inner) => writeGroup(inner, issuances, { now: clock.now(), trail }))),
  );
  return {
    commit: (issuance) => group.submit(issuance),
    settled: () => group.settled(),
    async findReply(issuer, idempotencyKey) {
      const { bucket, key } = placeOf(`issuance\0${issuer}`, idempotencyKey);
      const [row] = await session.run<{ readonly reply: Uint8Array }>(statements.findReply, [bucket, key, clock.now()]);
      return row?.reply;
    },
    async notify(issuer, credentialIds, event) {
      const now = clock.now();
      const rows = credentialIds.toSorted().map((id) => [placeOf('credential', id).bucket, id, event, issuer, now]);
      await session.run(statements.writeEvents, columnsOf(rows, 5));
    },
    findBySubject: (issuer, subjectHash) => findRecords(session, issuer, { statement: statements.findSubject, hash: subjectHash }),
    findByGroup: (issuer, groupHash) => findRecords(session, issuer, { statement: statements.findGroup, hash: groupHash }),
  };
}
