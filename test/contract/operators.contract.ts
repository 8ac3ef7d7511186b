import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { KeyedRequest } from '../../src/store/kept-answers.ts';
import type { OperatorRecord } from '../../src/store/operators.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase } from '../support/database.ts';

const racers = 40;

/** What `Operators` and `KeptAnswers` promise the operators' listener. */
export function operatorsContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`operators on ${name}`, () => {
    const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
    let target: ConnectionTarget;
    let drop: () => Promise<void>;
    /** Two nodes on one database. */
    let nodes: readonly [ServiceDatabase, ServiceDatabase];
    const inSeconds = (seconds: number) => addSeconds(clock.now(), seconds);
    const operator = (id = randomHandle(), roles: readonly string[] = ['owner']): OperatorRecord => ({
      id,
      name: 'Amina',
      roles,
      keyHash: sha256(id),
      createdAt: clock.now(),
      createdBy: 'invitation',
      expiresAt: inSeconds(3600),
    });
    const race = <Result>(work: (node: ServiceDatabase, index: number) => Promise<Result>) =>
      Promise.all(Array.from({ length: racers }, (_, index) => work(nodes[index % 2 ? 1 : 0], index)));

    before(async () => {
      ({ target, drop } = await createTestDatabase(await openTarget()));
      const open = () => openService(target, 'operators', { clock, log: silentLog });
      nodes = [await open(), await open()];
    });
    beforeEach(async () => {
      const tables = ['operator', 'operator_invitation', 'kept_answer'].map((table) => `chancery_operators.${table}`);
      await administer(target, `truncate ${tables.join(', ')}`);
    });
    after(async () => {
      for (const node of nodes) await node.close();
      await drop();
    });

    test('quality SU12: one of many becomes the first operator by an invitation, and it is spent', async () => {
      const [{ operators }] = nodes;
      assert.equal(await operators.invite(sha256('token'), inSeconds(900)), true);
      assert.equal(await operators.accept(sha256('another'), operator()), false);
      const won = await race((node) => node.operators.accept(sha256('token'), operator()));
      assert.equal(won.filter(Boolean).length, 1);
      assert.equal((await operators.list()).length, 1);
      assert.equal(await operators.accept(sha256('token'), operator()), false);
    });

    test('quality SU12: an invitation ends after its time, at the next one, and with the first owner', async () => {
      const [{ operators }] = nodes;
      await operators.invite(sha256('late'), inSeconds(900));
      clock.advance(900);
      assert.equal(await operators.accept(sha256('late'), operator()), false);
      await operators.invite(sha256('first'), inSeconds(900));
      await operators.invite(sha256('second'), inSeconds(900));
      assert.equal(await operators.accept(sha256('first'), operator()), false, 'a new one takes its place');
      await operators.add(operator('o'));
      assert.equal(await operators.accept(sha256('second'), operator()), false, 'an owner has come meanwhile');
      assert.equal(await operators.invite(sha256('third'), inSeconds(900)), false);
      await operators.remove('o', 'o');
      assert.equal(await operators.invite(sha256('third'), inSeconds(900)), true, 'without an owner the house can be opened again');
      assert.equal(await operators.accept(sha256('third'), operator()), true);
      clock.advance(3600);
      assert.equal(await operators.invite(sha256('fourth'), inSeconds(900)), true, 'an owner whose key has run out is none');
    });

    test('features G01: a key is found while it is in force, and its row stays', async () => {
      const [{ operators }] = nodes;
      const made = operator('clerk', ['issuing-clerk', 'support']);
      await operators.add(made);
      assert.deepEqual(await operators.find('clerk'), { ...made, keyHash: Buffer.from(made.keyHash) });
      assert.equal(await operators.find('nobody'), undefined);
      const removed = await race((node) => node.operators.remove('clerk', 'owner'));
      assert.deepEqual([removed.filter((outcome) => outcome === 'removed').length, removed.includes('unknown')], [1, false]);
      assert.equal(await operators.find('clerk'), undefined);
      assert.equal(await operators.remove('nobody', 'owner'), 'unknown');
      await operators.add({ ...made, keyHash: sha256('again') });
      assert.equal(await operators.find('clerk'), undefined, 'nobody comes back under an old name');
      await operators.add(operator('short'));
      clock.advance(3600);
      assert.equal(await operators.find('short'), undefined);
      const [first] = await operators.list();
      assert.deepEqual([first?.id, first?.removedBy, (await operators.list()).length], ['clerk', 'owner', 2]);
    });

    test('features H09: of many with one key one begins, and the others get its answer', async () => {
      const request = (asked = 'asked', key = 'key'): KeyedRequest => ({
        key,
        fingerprint: sha256(asked),
        attempt: randomHandle(),
        attemptUntil: inSeconds(60),
        expiresAt: inSeconds(86_400),
      });
      const [{ keptAnswers }] = nodes;
      const tries = await race(async (node) => {
        const mine = request();
        return { mine, ...(await node.keptAnswers.begin(mine)) };
      });
      const begun = tries.filter(({ outcome }) => outcome === 'begun');
      assert.equal(begun.length, 1);
      assert.ok(tries.every(({ outcome }) => outcome === 'begun' || outcome === 'running'));
      assert.deepEqual(await keptAnswers.begin(request('something else')), { outcome: 'other' });
      assert.equal((await keptAnswers.begin(request('asked', 'another key'))).outcome, 'begun');
      const winner = begun[0]?.mine as KeyedRequest;
      // The one who began has died: after a while another one tries, and only the answer of the last try counts.
      clock.advance(60);
      const heir = request();
      assert.equal((await keptAnswers.begin(request('something else'))).outcome, 'other', 'the key stands for what was asked');
      assert.deepEqual(await keptAnswers.begin(heir), { outcome: 'begun' });
      assert.equal(await keptAnswers.keep(winner, 'of the dead'), false);
      await keptAnswers.release(winner);
      assert.equal(await keptAnswers.keep(heir, 'of the heir'), true);
      await keptAnswers.release(heir);
      assert.deepEqual(await keptAnswers.begin(request()), { outcome: 'kept', answer: 'of the heir' });
      clock.advance(86_400);
      assert.deepEqual(await keptAnswers.begin(request('something else')), { outcome: 'begun' }, 'a day later the key is free');
    });

    test('features H09: a try that did nothing is given up, and what was kept is swept away after a day', async () => {
      const [node] = nodes;
      const request = { key: 'key', fingerprint: sha256('asked'), attempt: 'a', attemptUntil: inSeconds(60), expiresAt: inSeconds(60) };
      await node.keptAnswers.begin(request);
      await node.keptAnswers.release(request);
      const second = { ...request, attempt: 'b' };
      assert.deepEqual(await node.keptAnswers.begin(second), { outcome: 'begun' });
      await node.keptAnswers.keep(second, 'sealed');
      clock.advance(60);
      assert.equal(await node.sweep(), 1);
    });
  });
}
