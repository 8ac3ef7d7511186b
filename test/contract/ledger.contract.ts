import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { randomBytes, randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Commit, Issuance, Ledger, Spent } from '../../src/store/ledger.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, auditSecret, createTestDatabase } from '../support/database.ts';

const issuer = 'https://issuer.example/issuers/civil';

/** What `Ledger` promises an issuer (design D7, quality Q6). */
export function ledgerContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`ledger on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    let service: ServiceDatabase;
    let ledger: Ledger;
    let target: ConnectionTarget;
    let drop: () => Promise<void>;

    const nonce = (key: string): Spent => ({ kind: 'c-nonce', key, expiresAt: addSeconds(clock.now(), 300) });
    const issuance = (more: Partial<Issuance> = {}): Issuance => ({
      issuer,
      credentialType: 'national-id',
      credentialTypeVersion: 1,
      subjectHash: sha256('a subject'),
      idempotencyKey: randomBytes(32),
      spends: [nonce(randomHandle())],
      entries: [{ credentialId: randomHandle(), digest: sha256('credential') }],
      issuedAt: clock.now(),
      audit: { event: 'issued' },
      reply: randomBytes(40),
      replyExpiresAt: addSeconds(clock.now(), 600),
      ...more,
    });
    const outcomes = (commits: readonly Commit[]) => commits.map(({ outcome }) => outcome);
    const rowsIn = async (table: string) => {
      const [row] = await administer<{ n: number }>(target, `select count(*)::integer as n from chancery_issuer.${table}`);
      return row?.n;
    };
    const counts = async () => ({
      issuance: await rowsIn('issuance'),
      ledger: await rowsIn('ledger'),
      subjects: await rowsIn('ledger_subject'),
      audit: await rowsIn('audit'),
      outbox: await rowsIn('outbox'),
      handle: await rowsIn('handle'),
    });

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      service = await openService(target, 'issuer', { clock, log: silentLog, auditSecret });
      ledger = service.ledger;
    });
    beforeEach(() =>
      administer(
        target,
        'truncate chancery_issuer.issuance, chancery_issuer.ledger, chancery_issuer.ledger_subject, chancery_issuer.audit, chancery_issuer.outbox, chancery_issuer.handle',
      ),
    );
    after(async () => {
      await service.close();
      await drop();
    });

    test('quality Q6: everything of one issuance is written', async () => {
      const events = [{ topic: 'credential.issued', payload: { type: 'national-id' } }];
      const entries = [1, 2].map(() => ({ credentialId: randomHandle(), digest: sha256('x'), expiresAt: addSeconds(clock.now(), 999) }));
      assert.deepEqual(await ledger.commit(issuance({ events, entries })), { outcome: 'committed' });
      assert.deepEqual(await counts(), { issuance: 1, ledger: 2, subjects: 2, audit: 1, outbox: 1, handle: 1 });
    });

    test('features B29: what wallets tell is noted once for each credential, and shown with it', async () => {
      const entries = [1, 2].map(() => ({ credentialId: randomHandle(), digest: sha256('x') }));
      await ledger.commit(issuance({ entries, subjectHash: sha256('told') }));
      const ids = entries.map(({ credentialId }) => credentialId);
      await ledger.notify(issuer, ids, 'credential_accepted');
      const accepted = clock.now();
      clock.advance(5);
      await Promise.all([1, 2, 3].map(() => ledger.notify(issuer, ids, 'credential_accepted')));
      await ledger.notify(issuer, ids.slice(0, 1), 'credential_deleted');
      const found = await ledger.findBySubject(issuer, sha256('told'));
      const byId = new Map(found.map(({ credentialId, events }) => [credentialId, events]));
      const first = { event: 'credential_accepted', at: accepted };
      assert.deepEqual(byId.get(ids[0] ?? ''), [first, { event: 'credential_deleted', at: clock.now() }]);
      assert.deepEqual(byId.get(ids[1] ?? ''), [first]);
    });

    test('design D7: the same request again gets the stored reply and changes nothing', async () => {
      const first = issuance();
      await ledger.commit(first);
      const before = await counts();
      const again = { ...first, reply: randomBytes(40), entries: [{ credentialId: randomHandle(), digest: sha256('other') }] };
      const answer = await ledger.commit(again);
      assert.ok(answer.outcome === 'already');
      assert.deepEqual(Buffer.from(answer.reply), Buffer.from(first.reply));
      assert.deepEqual(await counts(), before);
      assert.deepEqual(await ledger.findReply(issuer, first.idempotencyKey), first.reply);
      assert.equal(await ledger.findReply('https://other.example', first.idempotencyKey), undefined);
    });

    test('a reply is gone when it expires, for readers at once and from the table with the sweeper', async () => {
      const first = issuance();
      await ledger.commit(first);
      clock.advance(600);
      assert.equal(await ledger.findReply(issuer, first.idempotencyKey), undefined);
      await service.sweep();
      assert.equal(await rowsIn('issuance'), 0);
      assert.equal(await rowsIn('ledger'), 1);
    });

    test('a request whose stored reply has expired counts as new', async () => {
      const first = issuance({ spends: [] });
      await ledger.commit(first);
      clock.advance(600);
      const second = { ...first, entries: [], replyExpiresAt: addSeconds(clock.now(), 600) };
      assert.deepEqual(await ledger.commit(second), { outcome: 'committed' });
    });

    test('another request with a spent handle is refused, names it, and leaves nothing', async () => {
      const spent = nonce('spent');
      await ledger.commit(issuance({ spends: [spent] }));
      const before = await counts();
      const fresh = nonce('fresh');
      assert.deepEqual(await ledger.commit(issuance({ spends: [fresh, spent] })), { outcome: 'refused', spent });
      assert.deepEqual(await counts(), before);
      assert.deepEqual(await ledger.commit(issuance({ spends: [fresh] })), { outcome: 'committed' });
    });

    test('a handle goes to the ledger or to a claim of the store, never to both', async () => {
      await service.store.claim('c-nonce', 'claimed', addSeconds(clock.now(), 300));
      assert.equal((await ledger.commit(issuance({ spends: [nonce('claimed')] }))).outcome, 'refused');
      await ledger.commit(issuance({ spends: [nonce('committed')] }));
      assert.equal(await service.store.claim('c-nonce', 'committed', addSeconds(clock.now(), 300)), false);
    });

    test('concurrent commits share transactions, and nobody waits for a timer', async () => {
      const before = service.statements();
      const answers = await Promise.all(Array.from({ length: 100 }, () => ledger.commit(issuance())));
      assert.deepEqual(new Set(outcomes(answers)), new Set(['committed']));
      assert.ok(service.statements() - before < 30, `${service.statements() - before} statements`);
      assert.deepEqual(await counts(), { issuance: 100, ledger: 100, subjects: 100, audit: 100, outbox: 0, handle: 100 });
    });

    test('equal requests inside one group: one is committed, the others get its reply', async () => {
      const first = issuance();
      const twins = [first, { ...first, reply: randomBytes(40) }, { ...first, reply: randomBytes(40) }];
      const answers = await Promise.all(twins.map((twin) => ledger.commit(twin)));
      assert.deepEqual(answers, [
        { outcome: 'committed' },
        { outcome: 'already', reply: first.reply },
        { outcome: 'already', reply: first.reply },
      ]);
      assert.deepEqual(await counts(), { issuance: 1, ledger: 1, subjects: 1, audit: 1, outbox: 0, handle: 1 });
    });

    test('one handle asked for by many of one group: one gets it, its neighbours are not touched', async () => {
      const wanted = nonce('wanted');
      const spent = nonce('spent before');
      await ledger.commit(issuance({ spends: [spent] }));
      const answers = await Promise.all([
        ledger.commit(issuance({ spends: [spent, wanted] })),
        ledger.commit(issuance({ spends: [wanted] })),
        ledger.commit(issuance({ spends: [wanted] })),
        ledger.commit(issuance()),
      ]);
      assert.deepEqual(outcomes(answers), ['refused', 'committed', 'refused', 'committed']);
      assert.deepEqual(await counts(), { issuance: 3, ledger: 3, subjects: 3, audit: 3, outbox: 0, handle: 3 });
    });

    test('an issuance that the database cannot take fails alone', async () => {
      const impossible = issuance({ credentialType: 'with \u0000 inside' });
      const answers = await Promise.allSettled(
        [issuance(), issuance(), impossible, issuance(), issuance()].map((one) => ledger.commit(one)),
      );
      assert.deepEqual(
        answers.map(({ status }) => status),
        ['fulfilled', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
      );
      assert.equal(await rowsIn('ledger'), 4);
      assert.equal((await ledger.commit({ ...impossible, credentialType: 'now possible' })).outcome, 'committed');
    });

    test('findBySubject gives the entries of one subject and issuer, newest first', async () => {
      const subjectHash = randomBytes(32);
      const ids = [];
      for (let round = 0; round < 3; round++) {
        const credentialId = randomHandle();
        ids.unshift(credentialId);
        await ledger.commit(issuance({ subjectHash, entries: [{ credentialId, digest: sha256(credentialId) }] }));
        clock.advance(10);
      }
      await ledger.commit(issuance({ subjectHash, issuer: 'https://other.example' }));
      await ledger.commit(issuance());
      const found = await ledger.findBySubject(issuer, subjectHash);
      assert.deepEqual(
        found.map(({ credentialId }) => credentialId),
        ids,
      );
      assert.deepEqual(Buffer.from(found[0]?.digest ?? []), Buffer.from(sha256(ids[0] ?? '')));
      assert.equal(found[0]?.credentialType, 'national-id');
      assert.deepEqual(await ledger.findBySubject(issuer, randomBytes(32)), []);
    });

    test('performance S-6: nothing in the ledger table is derived from the subject', async () => {
      const subjectHash = randomBytes(32);
      await Promise.all(Array.from({ length: 20 }, () => ledger.commit(issuance({ subjectHash }))));
      const rows = await administer<{ bucket: number; row: string }>(target, 'select bucket, l::text as row from chancery_issuer.ledger l');
      assert.ok(new Set(rows.map(({ bucket }) => bucket)).size > 10);
      assert.ok(rows.every(({ row }) => !row.includes(Buffer.from(subjectHash).toString('hex'))));
    });
  });
}
