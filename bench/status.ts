import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { createStatusAllocator, type StatusAllocator } from '../src/issuer/status/status-allocator.ts';
import { randomBytes, randomHandle, sha256 } from '../src/lib/bytes.ts';
import { addSeconds, systemClock } from '../src/lib/clock.ts';
import { silentLog } from '../src/lib/log.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/embedded.ts';
import { type ConnectionTarget, clientConfig } from '../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../src/store/postgres/postgres.ts';
import type { StatusPlace } from '../src/store/status-lists.ts';
import { median } from './floor.ts';
import type { Row } from './report.ts';

const listSize = 131_072;
const rounds = 7;
const roundMilliseconds = 1500;
const issuer = 'https://bench.example/issuers/one';

/** One claim of an index; the name tells it apart from every other. */
type Claim = () => Promise<string>;

/**
 * The way of the field: a row for every free index and one statement that takes a random one. Of what such issuers do around it
 * (counting what is taken, looking the list up) nothing is done here.
 */
async function openRandomRows(
  target: ConnectionTarget,
  clients: number,
): Promise<{ readonly claims: readonly Claim[]; close(): Promise<void> }> {
  const connections = Array.from({ length: clients }, () => new pg.Client(clientConfig(target)));
  for (const connection of connections) await connection.connect();
  const [first] = connections as [pg.Client];
  await first.query(
    'create table if not exists free_index (id serial primary key, list text not null, place bigint not null, taken boolean not null default false, taken_at timestamp, unique (list, place))',
  );
  const list = randomHandle();
  await first.query('insert into free_index (list, place) select $1, n from generate_series(0, $2 - 1) as n', [list, listSize]);
  await first.query('create index if not exists free_index_free on free_index (list, taken, place) where not taken');
  await first.query('analyze free_index');
  const text = `with free as (select place from free_index where list = $1 and not taken order by random() limit 1 for update skip locked)
    update free_index set taken = true, taken_at = now() from free
      where free_index.list = $1 and free_index.place = free.place and not free_index.taken returning free_index.place`;
  return {
    claims: connections.map((connection) => async () => {
      const { rows } = await connection.query<{ place: string }>({ name: 'claim', text, values: [list] });
      return `${list}/${rows[0]?.place}`;
    }),
    async close() {
      for (const connection of connections) await connection.end();
    },
  };
}

function commitOf({ ledger }: ServiceDatabase, status?: StatusPlace) {
  const now = systemClock.now();
  return ledger.commit({
    issuer,
    credentialType: 'bench',
    credentialTypeVersion: 1,
    subjectHash: randomBytes(32),
    idempotencyKey: randomBytes(32),
    spends: [],
    entries: [{ credentialId: randomHandle(), digest: randomBytes(32), ...(status ? { status } : {}) }],
    issuedAt: now,
    audit: { action: 'issue' },
    reply: randomBytes(200),
    replyExpiresAt: addSeconds(now, 600),
  });
}

const nameOf = ({ list, index }: StatusPlace) => `${list}/${index}`;

const leased =
  (allocator: StatusAllocator): Claim =>
  async () => {
    const place = await allocator.take();
    allocator.keep(place);
    return nameOf(place);
  };

/** With the row that makes a claim last: for ours the commit that holds the lease, for the others the same row beside their claim. */
const leasedAndWritten =
  (allocator: StatusAllocator, database: ServiceDatabase): Claim =>
  async () => {
    const place = await allocator.take();
    const { outcome } = await commitOf(database, place);
    if (outcome !== 'committed') throw new Error(`A commit ended as ${outcome}.`);
    allocator.keep(place);
    return nameOf(place);
  };
const randomAndWritten =
  (claim: Claim, database: ServiceDatabase): Claim =>
  async () => {
    const name = await claim();
    await commitOf(database);
    return name;
  };

/** Claims a second while every client claims one after the other; no index may come out twice. */
async function perSecond(claims: readonly Claim[], seen: Set<string>): Promise<number> {
  const begun = performance.now();
  let count = 0;
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  await Promise.all(
    claims.map(async (claim) => {
      while (performance.now() - begun < roundMilliseconds) {
        const name = await claim();
        if (seen.has(name)) throw new Error('An index was given to two.');
        seen.add(name);
        count += 1;
        // What needs no database would let nobody else run.
        if (count % 100 === 0) await turn();
      }
    }),
  );
  return (count * 1000) / (performance.now() - begun);
}

async function compare(one: readonly Claim[], other: readonly Claim[]): Promise<readonly number[]> {
  const seen = new Set<string>();
  const ratios: number[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [first, second] = round % 2 === 0 ? [one, other] : [other, one];
    const figures = [await perSecond(first, seen), await perSecond(second, seen)] as const;
    ratios.push(round % 2 === 0 ? figures[0] / figures[1] : figures[1] / figures[0]);
  }
  return ratios;
}

function rowOf(name: string, ratios: readonly number[]): Row {
  const sorted = ratios.toSorted((a, b) => a - b);
  const [least, most] = [sorted[0] ?? 0, sorted.at(-1) ?? 0];
  return {
    name,
    value: `${median(ratios).toFixed(0)} times`,
    note: `median of ${rounds} interleaved rounds, ${least.toFixed(0)} to ${most.toFixed(0)}`,
  };
}

/** The status index against a random row of a table of free ones, on a durable database (performance G-12). */
export async function benchStatus(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-'));
  const postgres = await startEmbeddedPostgres({ folder: join(folder, 'postgres'), log: silentLog });
  const database = await openService(postgres.connection, 'issuer', { clock: systemClock, log: silentLog });
  const rows: Row[] = [];
  try {
    for (const clients of [1, 10]) {
      const allocator = createStatusAllocator({ lists: database.statusLists, issuer, clock: systemClock, secret: sha256('bench') });
      const random = await openRandomRows(postgres.connection, clients);
      const ours = (claim: Claim) => Array.from({ length: clients }, () => claim);
      const who = clients === 1 ? '1 client' : `${clients} clients`;
      rows.push(
        rowOf(
          `index from the leased run ÷ random row of ${listSize.toLocaleString('en')}, ${who}`,
          await compare(ours(leased(allocator)), random.claims),
        ),
      );
      const written = random.claims.map((claim) => randomAndWritten(claim, database));
      rows.push(
        rowOf(`the same with a durable ledger row for each, ${who}`, await compare(ours(leasedAndWritten(allocator, database)), written)),
      );
      await random.close();
    }
    return rows;
  } finally {
    await database.close();
    await postgres.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
