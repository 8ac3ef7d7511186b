import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { addSeconds, systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase, testCluster } from '../support/database.ts';
import type { Finish, Heat, Verb } from './racer.ts';
import { startTestServer, type TestServer } from './store-server.ts';

const rounds = 20;
const racers = 1000;
const processes = 2;

let second: TestServer | undefined;
after(() => second?.remove());

const clusters: readonly [string, () => Promise<ConnectionTarget>][] = [
  ['the built-in cluster', testCluster],
  [
    'DATABASE_URL',
    async () => {
      second = await startTestServer({ access: 'tcp' });
      return second.server.connection;
    },
  ],
];

async function startRacer(target: ConnectionTarget): Promise<ChildProcess> {
  const child = fork(new URL('./racer.ts', import.meta.url), [JSON.stringify(target)], { execArgv: [] });
  await once(child, 'message');
  return child;
}

async function race(children: readonly ChildProcess[], heat: Heat): Promise<Finish> {
  const answers = children.map(async (child) => {
    const answer = once(child, 'message');
    child.send(heat);
    const [finish] = (await answer) as [Finish];
    return finish;
  });
  const finishes = await Promise.all(answers);
  return { winners: finishes.reduce((sum, { winners }) => sum + winners, 0), faults: finishes.flatMap(({ faults }) => faults) };
}

for (const [name, openTarget] of clusters) {
  describe(`races on ${name}: ${processes} processes, ${rounds} rounds of ${racers} racers`, () => {
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    let children: readonly ChildProcess[] = [];
    let authorization: ServiceDatabase;

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      children = await Promise.all(Array.from({ length: processes }, () => startRacer(target)));
      authorization = await openService(target, 'authorization', { clock: systemClock, log: silentLog });
    });
    after(async () => {
      for (const child of children) child.disconnect();
      await authorization.close();
      await drop();
    });

    const expired = new Date(0);
    // Every other round finds what an earlier user left to expire: taking that over is a race too.
    const prepare: Partial<Record<Verb, (key: string, round: number) => Promise<unknown>>> = {
      claim: async (key, round) => round % 2 === 0 && authorization.store.claim('race', key, expired),
      count: async (key, round) => round % 2 === 0 && authorization.store.count('race', key, 5, -60),
      take: (key) => authorization.store.put('race', key, 'value', addSeconds(new Date(), 600)),
      mark: (key) => authorization.store.put('race', key, 'value', addSeconds(new Date(), 600)),
      consume: (key) => authorization.artifacts.upsert('Race', key, { payload: {}, expiresAt: addSeconds(new Date(), 600) }),
    };
    const contests: readonly { verb: Verb; winners: number; says: string }[] = [
      { verb: 'take', winners: 1, says: 'take gives the value to one' },
      { verb: 'claim', winners: 1, says: 'claim succeeds for one' },
      { verb: 'mark', winners: 1, says: 'mark succeeds for one' },
      { verb: 'count', winners: 5, says: 'count lets five of a limit of five through' },
      { verb: 'consume', winners: 1, says: 'artifacts.consume succeeds for one' },
      { verb: 'insert', winners: 1, says: 'artifacts.insert succeeds for one' },
      { verb: 'spend', winners: 1, says: 'ledger.commit gives a handle to one of different requests' },
      { verb: 'retry', winners: 1, says: 'ledger.commit writes one of equal requests' },
    ];
    for (const { verb, winners, says } of contests) {
      test(`quality Q1, T2: ${says}`, async () => {
        for (let round = 1; round <= rounds; round++) {
          const key = `${verb}-${round}`;
          await prepare[verb]?.(key, round);
          const finish = await race(children, { verb, key, racers: racers / processes });
          assert.deepEqual(finish, { winners, faults: [] }, `round ${round}`);
        }
      });
    }

    test('the ledger holds one row for each round that was won', async () => {
      const [row] = await administer<Record<string, number>>(
        target,
        `select (select count(*)::integer from chancery_issuer.ledger) as ledger,
          (select count(*)::integer from chancery_issuer.audit) as audit,
          (select count(*)::integer from chancery_issuer.issuance) as issuance,
          (select count(*)::integer from chancery_issuer.handle) as handle`,
      );
      assert.deepEqual(row, { ledger: 2 * rounds, audit: 2 * rounds, issuance: 2 * rounds, handle: 2 * rounds });
    });
  });
}
