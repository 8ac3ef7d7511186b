import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { Json } from '../../lib/json.ts';
import type { Count, Kind, Mark, Store } from '../store.ts';
import { placeOf } from './bucket.ts';
import { createClaim, createGroupedClaim } from './claim.ts';
import type { Parameter, Session, Statement } from './session.ts';

const put: Statement = {
  name: 'handle-put',
  text: `insert into handle (bucket, key, kind, value, expires_at) values ($1, $2, $3, $4, $5)
    on conflict (bucket, key) do update set value = excluded.value, used = 0, expires_at = excluded.expires_at`,
};
const get: Statement = {
  name: 'handle-get',
  text: 'select value from handle where bucket = $1 and key = $2 and expires_at > $3 and value is not null',
};
const take: Statement = {
  name: 'handle-take',
  text: 'delete from handle where bucket = $1 and key = $2 and expires_at > $3 and value is not null and used = 0 returning value',
};
/** The row's lock puts callers in a queue: the one that reads back 1 was the first. */
const mark: Statement = {
  name: 'handle-mark',
  text: `update handle set used = least(used + 1, 2) where bucket = $1 and key = $2 and expires_at > $3 and value is not null
    returning value, used`,
};
/** `used` stops one above the limit: whoever reads back more than the limit was refused. An expired window starts again at 1. */
const count: Statement = {
  name: 'handle-count',
  text: `insert into handle (bucket, key, kind, used, expires_at) values ($1, $2, $3, 1, $4)
    on conflict (bucket, key) do update set
      used = case when handle.expires_at <= $5 then 1 else greatest(handle.used, least(handle.used, $6::integer) + 1) end,
      expires_at = case when handle.expires_at <= $5 then excluded.expires_at else handle.expires_at end
    returning used, expires_at`,
};
const uncount: Statement = {
  name: 'handle-uncount',
  text: `update handle set used = greatest(least(used, $4::integer) - 1, 0)
    where bucket = $1 and key = $2 and expires_at > $3 and value is null`,
};
const counted: Statement = {
  name: 'handle-counted',
  text: 'select used from handle where bucket = $1 and key = $2 and expires_at > $3 and value is null',
};
const remove: Statement = { name: 'handle-remove', text: 'delete from handle where bucket = $1 and key = $2' };

interface ValueRow {
  readonly value: Json;
}

/** The verbs of `Store` on the table `handle` of one service's schema, each one statement. */
export function createHandleStore(session: Session, clock: Clock, claim = createGroupedClaim(session, clock)): Store {
  const run = <Row>(statement: Statement, kind: Kind, key: string, further: readonly Parameter[] = []) => {
    const place = placeOf(kind, key);
    return session.run<Row>(statement, [place.bucket, place.key, ...further]);
  };
  return {
    async put(kind, key, value, expiresAt) {
      await run(put, kind, key, [kind, JSON.stringify(value), expiresAt]);
    },
    async get(kind, key) {
      const [row] = await run<ValueRow>(get, kind, key, [clock.now()]);
      return row?.value;
    },
    async take(kind, key) {
      const [row] = await run<ValueRow>(take, kind, key, [clock.now()]);
      return row?.value;
    },
    claim,
    async mark(kind, key): Promise<Mark> {
      const [row] = await run<ValueRow & { readonly used: number }>(mark, kind, key, [clock.now()]);
      if (!row) return { outcome: 'absent' };
      return { outcome: row.used === 1 ? 'marked' : 'already', value: row.value };
    },
    async count(kind, key, limit, windowSeconds): Promise<Count> {
      const now = clock.now();
      const [row] = await run<{ readonly used: number; readonly expires_at: Date }>(count, kind, key, [
        kind,
        addSeconds(now, windowSeconds),
        now,
        limit,
      ]);
      if (!row) throw new Error('The counter gave no answer.');
      return { allowed: row.used <= limit, used: Math.min(row.used, limit), until: row.expires_at };
    },
    async uncount(kind, key, limit) {
      await run(uncount, kind, key, [clock.now(), limit]);
    },
    async counted(kind, key) {
      const [row] = await run<{ readonly used: number }>(counted, kind, key, [clock.now()]);
      return row?.used ?? 0;
    },
    async remove(kind, key) {
      await run(remove, kind, key);
    },
    transaction: (work) => session.transaction((inner) => work(createHandleStore(inner, clock, createClaim(inner, clock)))),
  };
}
