import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import pg from 'pg';
import { randomBytes, randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Commit } from '../../src/store/ledger.ts';
import { type ConnectionTarget, clientConfig } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import type { Status, StatusLease, StatusLists, StatusPlace } from '../../src/store/status-lists.ts';
import { administer, auditSecret, createTestDatabase } from '../support/database.ts';

const issuer = 'https://issuer.example/issuers/civil';
const audit = { actor: 'operator', request: 'r' };

/** What `StatusLists` promises an issuer (design D8, quality Q7, Q9, Q41). */
export function statusListsContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`status lists on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    /** Two nodes on one database. */
    let nodes: readonly ServiceDatabase[];
    let lists: StatusLists;

    const order = (owner: string, length = 256) => ({ issuer, owner, length, until: addSeconds(clock.now(), 60) });
    const placeIn = ({ list, start, owner }: StatusLease, index: number): StatusPlace => ({ list, index, lease: { start, owner } });
    const commit = (place: StatusPlace, credentialId = randomHandle(), node = nodes[0]): Promise<Commit> | undefined =>
      node?.ledger.commit({
        issuer,
        credentialType: 'national-id',
        credentialTypeVersion: 1,
        subjectHash: sha256('a subject'),
        idempotencyKey: randomBytes(32),
        spends: [],
        entries: [{ credentialId, digest: sha256('credential'), status: place }],
        issuedAt: clock.now(),
        audit: { event: 'issued' },
        reply: randomBytes(40),
        replyExpiresAt: addSeconds(clock.now(), 600),
      });
    const issued = async (lease: StatusLease, index: number) => {
      const id = randomHandle();
      assert.deepEqual(await commit(placeIn(lease, index), id), { outcome: 'committed' });
      return id;
    };
    const set = (ids: readonly string[], status: Status) => lists.set(issuer, ids, status, audit);

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      const open = () => openService(target, 'issuer', { clock, log: silentLog, auditSecret });
      nodes = [await open(), await open()];
      lists = (nodes[0] as ServiceDatabase).statusLists;
    });
    beforeEach(async () => {
      const tables = ['status_list', 'status_lease', 'status_change', 'ledger', 'ledger_group', 'ledger_subject', 'audit', 'issuance'];
      await administer(target, `truncate ${tables.map((table) => `chancery_issuer.${table}`).join(', ')}`);
    });
    after(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });

    test('design D8, features B63: two nodes lease at once, and no position goes to both', async () => {
      const leases = await Promise.all(
        Array.from({ length: 60 }, (_, index) => (nodes[index % 2] as ServiceDatabase).statusLists.lease(order(`node ${index}`))),
      );
      const positions = leases.flatMap(({ list, start, length }) => Array.from({ length }, (_, step) => `${list}/${start + step}`));
      assert.equal(new Set(positions).size, 60 * 256);
      assert.equal(new Set(leases.map(({ list }) => list)).size, 1, 'one open list');
    });

    test('performance L-18, quality R36: a list is filled to its last position, and the next one costs one row', async () => {
      const [first] = [await lists.lease(order('a', 65_536))];
      const second = await lists.lease(order('a', 65_536));
      assert.deepEqual([first?.list === second.list, second.start], [true, 65_536]);
      const third = await Promise.all([1, 2, 3, 4].map(() => lists.lease(order('b', 32_768))));
      assert.equal(new Set(third.map(({ list }) => list)).size, 1);
      assert.notEqual(third[0]?.list, first?.list);
      assert.deepEqual(
        third.map(({ start }) => start).sort((a, b) => a - b),
        [0, 32_768, 65_536, 98_304],
      );
    });

    test('quality Q7: what a dead node left is leased again, once, and it can be told what was used', async () => {
      const dead = await lists.lease(order('dead'));
      await issued(dead, 7);
      clock.advance(61);
      const again = await Promise.all(['x', 'y', 'z'].map((owner) => lists.lease(order(owner))));
      const taken = again.filter(({ takenOver }) => takenOver);
      assert.equal(taken.length, 1);
      assert.deepEqual([taken[0]?.list, taken[0]?.start, taken[0]?.length], [dead.list, dead.start, 256]);
      assert.deepEqual([...(await lists.used(issuer, dead.list, [6, 7, 8]))], [7]);
      assert.deepEqual([...(await lists.used('https://another.example', dead.list, [7]))], []);
    });

    test('quality Q7, T2: a lease that another node is taking over at this moment is passed over, not waited for and taken again', async () => {
      await lists.lease(order('dead'));
      clock.advance(61);
      const other = new pg.Client(clientConfig(target));
      await other.connect();
      await other.query('begin');
      const until = addSeconds(clock.now(), 60);
      await other.query("update chancery_issuer.status_lease set owner = 'quick', leased_until = $1", [until]);
      const asked = lists.lease(order('late'));
      // Whoever waits for the row gets it when this pause is over.
      await Promise.race([asked, new Promise((resolve) => setTimeout(resolve, 500))]);
      await other.query('commit');
      await other.end();
      const { takenOver, start } = await asked;
      assert.deepEqual([takenOver, start], [false, 256]);
    });

    test('quality Q7: a lease that ran out commits nothing and cannot be renewed, also when nobody has it yet', async () => {
      const lease = await lists.lease(order('slow'));
      clock.advance(61);
      assert.deepEqual(await commit(placeIn(lease, 1)), { outcome: 'lapsed' });
      assert.equal(await lists.renew(lease, addSeconds(clock.now(), 60)), false);
      const taken = await lists.lease(order('quick'));
      assert.equal(taken.takenOver, true);
      assert.deepEqual(await commit(placeIn(lease, 1)), { outcome: 'lapsed' });
      assert.deepEqual(await commit(placeIn(taken, 1)), { outcome: 'committed' });
      const [row] = await administer<{ n: number }>(target, 'select count(*)::integer as n from chancery_issuer.issuance');
      assert.equal(row?.n, 1, 'a lapsed order leaves nothing');
    });

    test('a lapsed order does not fail its neighbours of the group', async () => {
      const gone = await lists.lease(order('gone'));
      clock.advance(61);
      const here = await lists.lease({ ...order('here'), issuer: 'https://issuer.example/issuers/other' });
      const kept = await lists.lease(order('kept'));
      const commits = await Promise.all([commit(placeIn(gone, 1)), commit(placeIn(kept, 2)), commit(placeIn(gone, 3))]);
      assert.deepEqual(
        commits.map((answer) => answer?.outcome),
        ['lapsed', 'committed', 'lapsed'],
      );
      assert.deepEqual(await commit(placeIn(here, 4)), { outcome: 'lapsed' }, "another issuer's lease is no lease");
    });

    test('quality Q7: a lease before and after it was taken over is two, for neighbours of one group too', async () => {
      const slow = await lists.lease(order('slow'));
      clock.advance(61);
      const quick = await lists.lease(order('quick'));
      assert.deepEqual([quick.list, quick.start], [slow.list, slow.start]);
      const commits = await Promise.all([commit(placeIn(slow, 1)), commit(placeIn(quick, 1))]);
      assert.deepEqual(
        commits.map((answer) => answer?.outcome),
        ['lapsed', 'committed'],
      );
    });

    test('a lease that is renewed lasts, and one that is ended is nobody’s', async () => {
      const lease = await lists.lease(order('a'));
      clock.advance(50);
      assert.equal(await lists.renew(lease, addSeconds(clock.now(), 60)), true);
      clock.advance(50);
      assert.deepEqual(await commit(placeIn(lease, 1)), { outcome: 'committed' });
      await lists.end(lease);
      assert.deepEqual(await commit(placeIn(lease, 2)), { outcome: 'lapsed' });
      assert.equal(await lists.renew(lease, addSeconds(clock.now(), 60)), false);
      clock.advance(61);
      assert.equal((await lists.lease(order('b'))).start, 256, 'what was ended is not handed out again');
    });

    test('quality Q41: suspended may be taken back, invalid is final, and each change is a version', async () => {
      const lease = await lists.lease(order('a'));
      const id = await issued(lease, 9);
      const steps: readonly (readonly [Status, string])[] = [
        ['valid', 'unchanged'],
        ['suspended', 'changed'],
        ['suspended', 'unchanged'],
        ['valid', 'changed'],
        ['invalid', 'changed'],
        ['invalid', 'unchanged'],
        ['suspended', 'final'],
        ['valid', 'final'],
      ];
      for (const [status, outcome] of steps) assert.deepEqual(await set([id], status), [outcome], status);
      assert.deepEqual(await lists.changes(issuer, lease.list), [{ index: 9, status: 'invalid' }]);
      assert.deepEqual(await lists.find(issuer, lease.list), { size: 131_072, version: 3 });
    });

    test('quality R37, features B64: every copy changes together; unknown ids and other issuers change nothing', async () => {
      const lease = await lists.lease(order('a'));
      const ids = [await issued(lease, 1), await issued(lease, 2), await issued(lease, 3)];
      assert.deepEqual(await lists.set('https://another.example', ids, 'invalid', audit), ['unknown', 'unknown', 'unknown']);
      assert.deepEqual(await set([ids[0] as string, 'nobody', ids[2] as string, ids[0] as string], 'invalid'), [
        'changed',
        'unknown',
        'changed',
        'changed',
      ]);
      assert.equal((await lists.changes(issuer, lease.list)).length, 2);
      assert.equal((await lists.find(issuer, lease.list))?.version, 1);
      assert.equal(await lists.find('https://another.example', lease.list), undefined);
      const rows = await administer<{ event: { action: string } }>(
        target,
        `select event from chancery_issuer.audit where event->>'action' = 'revoke'`,
      );
      assert.equal(rows.length, 2);
    });

    test('features B64, quality R81: a group changes as a whole, a rehearsal leaves no trace, and what has no list is told apart', async () => {
      const lease = await lists.lease(order('a'));
      const hash = sha256('a batch');
      const id = randomHandle();
      const bare = randomHandle();
      const entries = [
        { credentialId: id, digest: sha256('1'), status: placeIn(lease, 1), batch: hash, wallet: sha256('a wallet') },
        { credentialId: bare, digest: sha256('2'), batch: hash },
      ];
      const shared = {
        issuer,
        credentialType: 'a',
        credentialTypeVersion: 1,
        subjectHash: sha256('grouped'),
        spends: [],
        issuedAt: clock.now(),
      };
      const rest = { audit: {}, reply: randomBytes(40), replyExpiresAt: addSeconds(clock.now(), 600), idempotencyKey: randomBytes(32) };
      assert.deepEqual(await nodes[0]?.ledger.commit({ ...shared, ...rest, entries }), { outcome: 'committed' });
      const group = { by: 'batch', hash } as const;
      const both = [
        { credentialId: id, outcome: 'changed' },
        { credentialId: bare, outcome: 'irrevocable' },
      ];
      const sorted = (answer: readonly { readonly credentialId: string }[]) => answer.toSorted((a) => (a.credentialId === id ? -1 : 1));
      assert.deepEqual(sorted(await lists.setGroup(issuer, group, 'invalid', { ...audit, rehearsal: true })), both);
      assert.deepEqual([await lists.changes(issuer, lease.list), (await lists.find(issuer, lease.list))?.version], [[], 0]);
      assert.deepEqual(await lists.setGroup('https://another.example', group, 'invalid', audit), []);
      assert.deepEqual(await lists.setGroup(issuer, { by: 'subject', hash }, 'invalid', audit), []);
      assert.deepEqual(sorted(await lists.setGroup(issuer, group, 'invalid', audit)), both);
      assert.deepEqual(await set([bare], 'invalid'), ['irrevocable']);
      const wallet = { by: 'wallet', hash: sha256('a wallet') } as const;
      assert.deepEqual(await lists.setGroup(issuer, wallet, 'valid', audit), [{ credentialId: id, outcome: 'final' }]);
      assert.deepEqual((await nodes[1]?.ledger.findByGroup(issuer, hash))?.length, 2);
      assert.deepEqual(await nodes[1]?.ledger.findByGroup(issuer, sha256('another')), []);
    });

    test('quality T2: of a hundred operators on two nodes one changes a credential', async () => {
      const id = await issued(await lists.lease(order('a')), 5);
      const answers = await Promise.all(
        Array.from({ length: 100 }, (_, index) => (nodes[index % 2] as ServiceDatabase).statusLists.set(issuer, [id], 'invalid', audit)),
      );
      assert.equal(answers.filter(([outcome]) => outcome === 'changed').length, 1);
    });
  });
}
