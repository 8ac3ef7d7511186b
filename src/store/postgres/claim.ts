import type { Clock } from '../../lib/clock.ts';
import { mark, type Place, placeOf, sorted } from './bucket.ts';
import { GroupCommit } from './group-commit.ts';
import type { Parameter, Session, Statement } from './session.ts';
import { columnsOf } from './unnest.ts';

/** A handle somebody wants to be the first and only one to have. */
export interface Claimed extends Place {
  readonly kind: string;
  readonly expiresAt: Date;
}

/** On a key that is taken already the condition fails and no row comes back; an expired one is taken over. */
const take: Statement = {
  name: 'handle-claim',
  text: `insert into handle (bucket, key, kind, expires_at)
    select * from unnest($1::smallint[], $2::bytea[], $3::text[], $4::timestamptz[])
    on conflict (bucket, key) do update set value = null, used = 0, expires_at = excluded.expires_at where handle.expires_at <= $5
    returning key`,
};

export interface KeyRow {
  readonly key: Buffer;
}

export function marksOf(rows: readonly KeyRow[]): ReadonlySet<string> {
  return new Set(rows.map(({ key }) => key.toString('latin1')));
}

/** Takes what nobody has, by one statement; answers the marks of what was free. The ledger spends its nonces by the same one. */
export async function takeFree(session: Session, claims: readonly Claimed[], now: Date): Promise<ReadonlySet<string>> {
  if (claims.length === 0) return new Set();
  const rows = sorted(claims, (place) => place).map(({ bucket, key, kind, expiresAt }): readonly Parameter[] => [
    bucket,
    key,
    kind,
    expiresAt,
  ]);
  return marksOf(await session.run<KeyRow>(take, [...columnsOf(rows, 4), now]));
}

/** One caller per free handle: of equal ones in a group the first has it. */
async function claimGroup(session: Session, claims: readonly Claimed[], clock: Clock): Promise<readonly boolean[]> {
  const free = new Set(await takeFree(session, claims, clock.now()));
  return claims.map((place) => free.delete(mark(place)));
}

export type Claim = (kind: string, key: string, expiresAt: Date) => Promise<boolean>;

/** `Store.claim` for callers on a connection of their own choosing: the ones that arrive together share one statement (performance L-15). */
export function createGroupedClaim(session: Session, clock: Clock): Claim {
  const group = new GroupCommit<Claimed, boolean>((claims) => claimGroup(session, claims, clock));
  return (kind, key, expiresAt) => group.submit({ ...placeOf(kind, key), kind, expiresAt });
}

/** `Store.claim` inside a transaction. */
export function createClaim(session: Session, clock: Clock): Claim {
  return async (kind, key, expiresAt) => {
    const [taken = false] = await claimGroup(session, [{ ...placeOf(kind, key), kind, expiresAt }], clock);
    return taken;
  };
}
