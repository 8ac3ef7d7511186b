import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { randomBytes, randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { DeferralLease, NewDeferral } from '../../src/store/deferrals.ts';
import type { Issuance } from '../../src/store/ledger.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, auditSecret, createTestDatabase } from '../support/database.ts';

const issuer = 'https://issuer.example/issuers/civil';
const racers = 50;
const audit = { event: 'decided' };

/** What `Deferrals` promises an issuer (features B28, quality SU9). */
export function deferralsContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`deferrals on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    let nodes: readonly [ServiceDatabase, ServiceDatabase];
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    const later = (seconds: number) => addSeconds(clock.now(), seconds);
    const lease = (seconds = 30): DeferralLease => ({ owner: randomHandle(), until: later(seconds) });
    const deferrals = (node = 0) => (nodes[node % 2] as ServiceDatabase).deferrals;
    const rowsIn = async (table: string) =>
      (await administer<{ n: number }>(target, `select count(*)::integer as n from chancery_issuer.${table}`))[0]?.n;

    const deferral = (more: Partial<NewDeferral> = {}): NewDeferral => ({
      id: randomHandle(),
      state: 'waiting',
      credentialType: 'Card',
      owner: 'somebody',
      content: 'sealed',
      nextAttemptAt: clock.now(),
      givesUpAt: later(3000),
      expiresAt: later(4000),
      ...more,
    });
    const issuance = (more: Partial<Issuance>): Issuance => ({
      issuer,
      credentialType: 'Card',
      credentialTypeVersion: 1,
      subjectHash: sha256('a subject'),
      idempotencyKey: randomBytes(32),
      spends: [],
      entries: [],
      issuedAt: clock.now(),
      audit: { event: 'deferred' },
      reply: randomBytes(40),
      replyExpiresAt: later(600),
      ...more,
    });
    const defer = async (more: Partial<NewDeferral> = {}): Promise<NewDeferral> => {
      const made = deferral(more);
      assert.equal((await nodes[0].ledger.commit(issuance({ deferral: made }))).outcome, 'committed');
      return made;
    };
    /** One that a worker found its data for. */
    const ready = async (): Promise<NewDeferral> => {
      const made = await defer();
      const held = lease();
      assert.equal((await deferrals().due([issuer], held, 10)).length, 1);
      assert.equal(await deferrals().settle({ issuer, id: made.id }, held, { state: 'ready', audit }), true);
      return made;
    };
    const wins = (answers: readonly boolean[]) => answers.filter(Boolean).length;
    const all = <Result>(work: (index: number) => Promise<Result>) =>
      Promise.all(Array.from({ length: racers }, (_, index) => work(index)));

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      const open = () => openService(target, 'issuer', { clock, log: silentLog, auditSecret });
      nodes = [await open(), await open()];
    });
    beforeEach(() => administer(target, 'truncate chancery_issuer.deferral, chancery_issuer.issuance, chancery_issuer.audit'));
    after(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });

    test('design D7: a request is put off by its commit: equal requests once, under one id, and nothing is issued', async () => {
      const first = issuance({ deferral: deferral() });
      const twin = { ...first, deferral: deferral(), reply: randomBytes(40) };
      const answers = await Promise.all([first, twin, twin].map((one) => nodes[0].ledger.commit(one)));
      assert.deepEqual(answers, [
        { outcome: 'committed' },
        { outcome: 'already', reply: first.reply },
        { outcome: 'already', reply: first.reply },
      ]);
      assert.deepEqual(await Promise.all(['deferral', 'issuance', 'audit', 'ledger'].map(rowsIn)), [1, 1, 1, 0]);
      const { owner, state, content, attempts, createdAt } = (await deferrals(1).find(issuer, first.deferral?.id ?? '')) ?? {};
      assert.deepEqual([owner, state, content, attempts, createdAt], ['somebody', 'waiting', 'sealed', 0, clock.now()]);
      assert.equal(await deferrals().find('https://other.example', first.deferral?.id ?? ''), undefined, 'another issuer');
    });

    test(`quality SU9, T2: of ${racers} pickups on two nodes one begins, and one takes; then it is gone with its kept reply`, async () => {
      const { id } = await ready();
      const key = sha256(id);
      await nodes[0].ledger.commit(issuance({ idempotencyKey: key }));
      const leases = Array.from({ length: racers }, () => lease());
      assert.equal(wins(await all((index) => deferrals(index).beginPickup(issuer, id, leases[index] as DeferralLease))), 1);
      assert.equal(wins(await all((index) => deferrals(index).take(issuer, id, key))), 1);
      assert.equal(await deferrals().find(issuer, id), undefined);
      assert.equal(await nodes[0].ledger.findReply(issuer, key), undefined, 'quality Q8');
      assert.equal(await deferrals().beginPickup(issuer, id, lease()), false);
    });

    test('a pickup that came to nothing is let go, and one that died runs out; both can be begun again', async () => {
      const { id } = await ready();
      const first = lease();
      assert.equal(await deferrals().beginPickup(issuer, id, first), true);
      await deferrals().abandonPickup(issuer, id, lease());
      assert.equal(await deferrals().beginPickup(issuer, id, lease()), false, 'let go by somebody else');
      await deferrals().abandonPickup(issuer, id, first);
      assert.equal(await deferrals(1).beginPickup(issuer, id, lease()), true);
      clock.advance(30);
      assert.equal(await deferrals().beginPickup(issuer, id, lease()), true);
    });

    test(`quality T2: ${racers} workers on two nodes share what is due, each piece once; a lost lease settles nothing`, async () => {
      const made = await Promise.all(Array.from({ length: 20 }, () => defer()));
      await defer({ nextAttemptAt: later(60) });
      const slow = lease();
      const shares = await all((index) => deferrals(index).due([issuer, 'https://other.example'], index === 0 ? slow : lease(), 3));
      const ids = shares.flat().map(({ id }) => id);
      assert.deepEqual(ids.toSorted(), made.map(({ id }) => id).toSorted());
      const [first] = await deferrals().due([issuer], slow, 10);
      assert.equal(first, undefined, 'nothing is left');
      clock.advance(31);
      const again = lease();
      const [taken] = await deferrals(1).due([issuer], again, 100);
      assert.ok(taken);
      const outcome = { state: 'ready', audit } as const;
      const audits = await rowsIn('audit');
      assert.equal(await deferrals().settle(taken, slow, outcome), false, 'the one that stood still');
      assert.equal(wins(await all((index) => deferrals(index).settle(taken, again, outcome))), 1);
      assert.equal(await rowsIn('audit'), (audits ?? 0) + 1);
    });

    test('what is asked for in vain comes back at its time, and what is denied keeps nothing of the person', async () => {
      const { id } = await defer();
      const first = lease();
      await deferrals().due([issuer], first, 10);
      await deferrals().settle({ issuer, id }, first, { state: 'waiting', nextAttemptAt: later(60) });
      assert.deepEqual(await deferrals().due([issuer], lease(), 10), []);
      clock.advance(60);
      const second = lease();
      const [due] = await deferrals().due([issuer], second, 10);
      assert.deepEqual([due?.id, due?.attempts], [id, 1]);
      await deferrals().settle({ issuer, id }, second, { state: 'denied', audit });
      const { state, content } = (await deferrals().find(issuer, id)) ?? {};
      assert.deepEqual([state, content], ['denied', '']);
      assert.equal(await deferrals().beginPickup(issuer, id, lease()), false);
    });

    test('clerks: the oldest first, page by page; one word counts, and its audit row stands with it', async () => {
      const waiting = [];
      for (let index = 0; index < 3; index += 1) {
        waiting.push(await defer({ state: 'review', nextAttemptAt: later(3000) }));
        clock.advance(1);
      }
      await defer();
      const [first] = await deferrals().inReview(issuer, 1);
      assert.equal(first?.id, waiting[0]?.id);
      const others = await deferrals().inReview(issuer, 10, first);
      assert.deepEqual(
        others.map(({ id }) => id),
        waiting.slice(1).map(({ id }) => id),
      );
      const { id } = waiting[0] as NewDeferral;
      const audits = await rowsIn('audit');
      const words = await all((index) => deferrals(index).decide(issuer, id, index % 2 ? 'ready' : 'denied', audit));
      assert.equal(wins(words), 1);
      assert.equal(await rowsIn('audit'), (audits ?? 0) + 1);
      assert.equal(await deferrals().decide('https://other.example', others[0]?.id ?? '', 'ready', audit), false, 'another issuer');
    });

    test('what nobody picked up is gone when it expires, for readers at once and from the table with the sweeper', async () => {
      const { id } = await ready();
      clock.advance(4000);
      assert.equal(await deferrals().find(issuer, id), undefined);
      assert.equal(await deferrals().beginPickup(issuer, id, lease()), false);
      await nodes[0].sweep();
      assert.equal(await rowsIn('deferral'), 0);
    });
  });
}
