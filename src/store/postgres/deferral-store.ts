import type { Clock } from '../../lib/clock.ts';
import type { Deferral, Deferrals } from '../deferrals.ts';
import type { Issuance } from '../ledger.ts';
import type { AuditTrail } from './audit-trail.ts';
import { placeOf } from './bucket.ts';
import * as statements from './deferral-statements.ts';
import type { Parameter, Session } from './session.ts';
import { columnsOf } from './unnest.ts';

const bucketOfDeferral = (id: string) => placeOf('deferral', id).bucket;

/** Rows of requests that were put off, in the transaction of their commits. */
export async function writeDeferrals(session: Session, issuances: readonly Issuance[]): Promise<void> {
  const rows = issuances.flatMap(({ issuer, issuedAt, deferral }): (readonly Parameter[])[] => {
    if (!deferral) return [];
    const { id, credentialType, state, owner, content, nextAttemptAt, givesUpAt, expiresAt } = deferral;
    return [[bucketOfDeferral(id), id, issuer, credentialType, state, owner, content, nextAttemptAt, givesUpAt, issuedAt, expiresAt]];
  });
  if (rows.length > 0) await session.run(statements.write, columnsOf(rows, 11));
}

type Row = Omit<Deferral, 'leasedUntil'> & { readonly leasedUntil: Date | null };

const readRow = ({ leasedUntil, ...row }: Row): Deferral => (leasedUntil ? { ...row, leasedUntil } : row);

/** `Deferrals` on the issuer's schema. */
export function createDeferralStore(session: Session, clock: Clock, trail: AuditTrail): Deferrals {
  const at = (issuer: string, id: string): readonly Parameter[] => [bucketOfDeferral(id), id, issuer];
  return {
    async find(issuer, id) {
      const [row] = await session.run<Row>(statements.find, [...at(issuer, id), clock.now()]);
      return row && readRow(row);
    },
    async beginPickup(issuer, id, { owner, until }) {
      return (await session.run(statements.beginPickup, [...at(issuer, id), clock.now(), owner, until])).length === 1;
    },
    async abandonPickup(issuer, id, { owner }) {
      await session.run(statements.abandonPickup, [...at(issuer, id), owner]);
    },
    take: (issuer, id, idempotencyKey) =>
      session.transaction(async (inner) => {
        const reply = placeOf(`issuance\0${issuer}`, idempotencyKey);
        await inner.run(statements.forgetReply, [reply.bucket, reply.key]);
        return (await inner.run(statements.take, at(issuer, id))).length === 1;
      }),
    async due(issuers, { owner, until }, limit) {
      const rows = await session.run<Row>(statements.due, [issuers, owner, until, clock.now(), limit]);
      return rows.map(readRow);
    },
    settle: ({ issuer, id }, { owner }, outcome) =>
      session.transaction(async (inner) => {
        const now = clock.now();
        const next = outcome.state === 'waiting' ? outcome.nextAttemptAt : null;
        const settled = await inner.run(statements.settle, [...at(issuer, id), owner, now, outcome.state, next]);
        if (settled.length === 1 && outcome.state !== 'waiting') await trail.append(inner, [{ issuer, at: now, event: outcome.audit }]);
        return settled.length === 1;
      }),
    decide: (issuer, id, state, audit) =>
      session.transaction(async (inner) => {
        const now = clock.now();
        const decided = await inner.run(statements.decide, [...at(issuer, id), now, state]);
        if (decided.length === 1) await trail.append(inner, [{ issuer, at: now, event: audit }]);
        return decided.length === 1;
      }),
    async inReview(issuer, limit, after) {
      const rows = await session.run<Row>(statements.inReview, [issuer, clock.now(), limit, after?.createdAt ?? null, after?.id ?? null]);
      return rows.map(readRow);
    },
  };
}
