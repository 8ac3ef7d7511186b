import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from '../../src/lib/bytes.ts';
import { addSeconds, systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { createServer } from '../../src/server.ts';
import { startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { openService } from '../../src/store/postgres/postgres.ts';
import { StoreUnavailable } from '../../src/store/store.ts';
import { administer, auditSecret, createTestDatabase, testSettings } from '../support/database.ts';
import { issuanceOf } from './racer.ts';
import { startTestServer } from './store-server.ts';

const tools = { clock: systemClock, log: silentLog, auditSecret };
const later = () => addSeconds(new Date(), 600);
const unavailable = (fault: unknown) => fault instanceof StoreUnavailable;

test('a database that stops is StoreUnavailable for every caller, and works again when it is back', async (t) => {
  const first = await startTestServer();
  t.after(() => first.remove());
  const service = await openService(first.server.connection, 'issuer', tools);
  t.after(() => service.close());
  await service.store.put('outage', 'kept', 1, later());
  await first.server.stop();
  await assert.rejects(service.check(), unavailable);
  await assert.rejects(service.store.get('outage', 'kept'), unavailable);
  await assert.rejects(
    service.store.transaction(async () => {}),
    unavailable,
  );
  const commits = await Promise.allSettled([1, 2, 3].map((n) => service.ledger.commit(issuanceOf(`outage-${n}`, randomBytes(32)))));
  assert.ok(commits.every((commit) => commit.status === 'rejected' && unavailable(commit.reason)));
  const again = await startEmbeddedPostgres({ folder: first.folder, log: silentLog, settings: testSettings });
  t.after(() => again.stop());
  assert.equal(await service.store.get('outage', 'kept'), 1);
  assert.equal((await service.ledger.commit(issuanceOf('outage-1', randomBytes(32)))).outcome, 'committed');
});

test('connections cut in the middle of work end no process, and each caller hears of it', async (t) => {
  const { target, drop } = await createTestDatabase();
  t.after(drop);
  const service = await openService(target, 'issuer', tools);
  t.after(() => service.close());
  const cut = () => administer(target, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'chancery issuer'");
  const inside = service.store.transaction(async (store) => {
    await store.claim('cut', 'undone', later());
    await cut();
    await store.claim('cut', 'never', later());
  });
  await assert.rejects(inside, unavailable);
  assert.equal(await service.store.claim('cut', 'undone', later()), true);
  for (let round = 0; round < 5; round++) {
    const work = Array.from({ length: 50 }, (_, n) => service.ledger.commit(issuanceOf(`cut-${round}-${n}`, randomBytes(32))));
    const answers = (await Promise.all([Promise.allSettled(work), cut()]))[0];
    for (const answer of answers) assert.ok(answer.status === 'fulfilled' || unavailable(answer.reason));
  }
  assert.equal((await service.ledger.commit(issuanceOf('cut-after', randomBytes(32)))).outcome, 'committed');
});

test('a database that is not there at start is one sentence', async () => {
  const target = { kind: 'url', url: 'postgresql://app:hush@127.0.0.1:1/chancery' } as const;
  await assert.rejects(openService(target, 'wallet', tools), (fault: Error) => {
    assert.ok(fault instanceof StartFault);
    assert.match(fault.message, /^The database at 127\.0\.0\.1:1\/chancery cannot be reached \(ECONNREFUSED\)\. Start it/);
    return true;
  });
});

test('over HTTP an outage is 503 temporarily_unavailable with Retry-After', async (t) => {
  const server = createServer({ log: silentLog, trustedProxies: [] });
  t.after(() => server.close());
  server.get('/needs-database', () => {
    throw new StoreUnavailable(new Error('connection to 10.0.0.7 lost'));
  });
  const response = await server.inject('/needs-database');
  assert.equal(response.statusCode, 503);
  assert.equal(response.headers['retry-after'], '5');
  assert.equal(response.json().error, 'temporarily_unavailable');
  assert.doesNotMatch(response.body, /10\.0\.0\.7/);
});
