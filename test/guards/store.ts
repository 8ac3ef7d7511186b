import { type Guard, guardsIn } from './guard.ts';

const races = 'test/contract/store-races.test.ts';
const contract = 'test/contract/store.test.ts';
const race = (says: string) => new RegExp(`^races on the built-in cluster.*${says}`);
const promise = (says: string) => new RegExp(`on the built-in cluster ${says}`);

/** Verbs that are one statement, and conditions in it (quality Q1, T2). */
const verbs = guardsIn('src/store/postgres/handle-store.ts', races, [
  {
    without: 'the one statement of take: read, then removed',
    text: 'const [row] = await run<ValueRow>(take, kind, key, [clock.now()]);',
    instead: 'const [row] = await run<ValueRow>(get, kind, key, [clock.now()]); if (row) await run(remove, kind, key);',
    red: race('take gives the value to one'),
  },
  {
    without: 'the end of a value, for take',
    text: 'key = $2 and expires_at > $3 and value is not null and used = 0 returning value',
    instead: 'key = $2 and $3::timestamptz is not null and value is not null and used = 0 returning value',
    test: contract,
    red: promise('quality R45: an expired value is absent for get, take and mark'),
  },
  {
    without: 'the mark of a spent value, for take',
    text: ' and used = 0 returning value',
    instead: ' returning value',
    test: contract,
    red: promise('mark tells the first use from every later one'),
  },
  {
    without: 'the count that tells who marked first',
    text: 'set used = least(used + 1, 2)',
    instead: 'set used = 1',
    red: race('mark succeeds for one'),
  },
  {
    without: 'the one statement of count: read, then counted',
    text: 'const now = clock.now();',
    instead: `const now = clock.now();
      const [seen] = await run<{ readonly used: number }>(counted, kind, key, [now]);
      if ((seen?.used ?? 0) < limit) {
        await run(count, kind, key, [kind, addSeconds(now, windowSeconds), now, limit]);
        return { allowed: true, used: 1, until: now };
      }`,
    red: race('count lets five of a limit of five through'),
  },
  {
    without: 'the bound below which a refused try gives none back',
    text: 'greatest(least(used, $4::integer) - 1, 0)',
    instead: 'greatest(used - 1, $4::integer * 0)',
    test: contract,
    red: promise('uncount gives back one reserved try'),
  },
]);

const claims = guardsIn('src/store/postgres/claim.ts', races, [
  {
    without: 'the condition of the upsert, for claim',
    text: 'where handle.expires_at <= $5',
    instead: 'where $5::timestamptz is not null',
    red: race('claim succeeds for one'),
  },
  {
    without: 'a look at what the upsert answered',
    text: 'claims.map((place) => free.delete(mark(place)))',
    instead: 'claims.map(() => true)',
    red: race('claim succeeds for one'),
  },
  {
    without: 'one winner among equal claims of a group',
    text: 'free.delete(mark(place))',
    instead: 'free.has(mark(place))',
    red: race('claim succeeds for one'),
  },
]);

const artifacts = guardsIn('src/store/postgres/artifact-store.ts', races, [
  {
    without: 'the condition of the update, for artifacts.consume',
    text: ' and consumed_at is null returning 1',
    instead: ' returning 1',
    red: race('artifacts.consume succeeds for one'),
  },
  {
    without: 'do nothing on conflict, for artifacts.insert',
    text: 'do nothing returning 1',
    instead: 'do update set payload = excluded.payload returning 1',
    red: race('artifacts.insert succeeds for one'),
  },
  {
    without: 'a look at what the insert answered',
    text: 'return (await session.run(insert, written(model, id, input))).length === 1;',
    instead: 'await session.run(insert, written(model, id, input)); return true;',
    red: race('artifacts.insert succeeds for one'),
  },
]);

const places = guardsIn('src/store/postgres/bucket.ts', contract, [
  {
    without: 'the byte that keeps two kinds apart',
    text: 'namespace}\\0`',
    instead: 'namespace}`',
    red: promise('quality Q2: two kinds never share a key'),
  },
  {
    without: 'the hash that stands for a handle',
    text: "const key = hash('sha256', Buffer.concat([prefix, typeof name === 'string' ? Buffer.from(name, 'utf8') : name]), 'buffer');",
    instead: "const key = Buffer.concat([prefix, typeof name === 'string' ? Buffer.from(name, 'utf8') : name]);",
    red: promise('authorization G12: no id, grant or uid stands in the database in clear'),
  },
]);

const sessions = guardsIn('src/store/postgres/session.ts', contract, [
  {
    without: 'the way back of a transaction',
    text: "text: 'rollback'",
    instead: "text: 'commit'",
    red: promise('transaction keeps all or nothing'),
  },
]);

export const storeGuards: readonly Guard[] = [...verbs, ...claims, ...artifacts, ...places, ...sessions];
