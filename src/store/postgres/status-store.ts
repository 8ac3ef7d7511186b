import { randomHandle } from '../../lib/bytes.ts';
import type { Clock } from '../../lib/clock.ts';
import type { LeaseOrder, StatusChange, StatusLease, StatusList, StatusLists } from '../status-lists.ts';
import type { AuditTrail } from './audit-trail.ts';
import { bucketOfIssuer, bucketOfList } from './bucket.ts';
import { retryCollisions, type Session } from './session.ts';
import { perform, setGroupStatus, setStatus } from './status-change.ts';
import * as statements from './status-statements.ts';

/** standards BSL-4: so many that the list tells nothing about one person. A whole number of leases fits in. */
const listSize = 131_072;

interface Run {
  readonly list: string;
  readonly start: number;
  readonly length: number;
}

async function takeOver(session: Session, order: LeaseOrder, now: Date): Promise<StatusLease | undefined> {
  const { issuer, owner, until } = order;
  const [run] = await session.run<Run>(statements.takeOver, [bucketOfIssuer(issuer), issuer, owner, until, now]);
  return run && { ...run, issuer, owner, until, size: listSize, takenOver: true };
}

async function advance(session: Session, order: LeaseOrder, now: Date): Promise<StatusLease> {
  const { issuer, owner, length, until } = order;
  const bucket = bucketOfIssuer(issuer);
  for (;;) {
    const [row] = await session.run<{ readonly name: string; readonly size: number; readonly start: number }>(statements.advance, [
      bucket,
      issuer,
      length,
    ]);
    if (row) {
      await session.run(statements.addLease, [bucket, issuer, row.name, row.start, length, owner, until]);
      return { issuer, list: row.name, size: row.size, start: row.start, length, owner, until, takenOver: false };
    }
    await session.run(statements.open, [bucket, issuer, randomHandle().slice(0, 22), listSize, now, length]);
  }
}

/** `StatusLists` on the issuer's schema. */
export function createStatusStore(session: Session, clock: Clock, trail: AuditTrail): StatusLists {
  return {
    lease: (order) =>
      retryCollisions(async () => {
        const now = clock.now();
        return (await takeOver(session, order, now)) ?? (await session.transaction((inner) => advance(inner, order, now)));
      }),
    async renew({ issuer, list, start, owner }, until) {
      const renewed = await session.run(statements.renew, [bucketOfIssuer(issuer), issuer, list, start, owner, until, clock.now()]);
      return renewed.length === 1;
    },
    async end({ issuer, list, start, owner }) {
      await session.run(statements.end, [bucketOfIssuer(issuer), issuer, list, start, owner]);
    },
    async used(issuer, list, indices) {
      const rows = await session.run<{ readonly status_index: number }>(statements.used, [issuer, list, indices]);
      return new Set(rows.map(({ status_index }) => status_index));
    },
    async find(issuer, list) {
      const [row] = await session.run<StatusList>(statements.find, [bucketOfIssuer(issuer), issuer, list]);
      return row && { size: row.size, version: row.version };
    },
    changes: (issuer, list) => session.run<StatusChange>(statements.changes, [bucketOfList(list), issuer, list]),
    set: (issuer, credentialIds, status, audit) =>
      retryCollisions(() =>
        perform(session, audit, (inner) => setStatus(inner, { issuer, credentialIds, status, audit, now: clock.now(), trail })),
      ),
    setGroup: (issuer, group, status, audit) =>
      retryCollisions(() =>
        perform(session, audit, (inner) => setGroupStatus(inner, group, { issuer, status, audit, now: clock.now(), trail })),
      ),
  };
}
