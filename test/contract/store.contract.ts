import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { addSeconds, movableClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import type { Store } from '../../src/store/store.ts';
import { createTestDatabase } from '../support/database.ts';

const start = new Date('2026-03-01T12:00:00Z');

/** What `Store` promises, told by every verb. */
export function storeContract(name: string, openTarget: () => Promise<ConnectionTarget>): void {
  describe(`store on ${name}`, () => {
    const clock = movableClock(start);
    let service: ServiceDatabase;
    let store: Store;
    let drop: () => Promise<void>;
    const inSeconds = (seconds: number) => addSeconds(clock.now(), seconds);

    before(async () => {
      const made = await createTestDatabase(await openTarget());
      drop = made.drop;
      service = await openService(made.target, 'wallet', { clock, log: silentLog });
      store = service.store;
    });
    after(async () => {
      await service.close();
      await drop();
    });

    test('put and get give back every JSON value as it was', async () => {
      const values = [null, false, 0, -1.5, '', 'text', [1, [2]], { a: { b: null } }, 'நி عربى \u{1F600}', 'with \u0000 and \ud800 inside'];
      for (const [index, value] of values.entries()) {
        await store.put('value', `key-${index}`, value, inSeconds(60));
        assert.deepEqual(await store.get('value', `key-${index}`), value);
      }
      assert.equal(await store.get('value', 'never written'), undefined);
    });

    test('put replaces what stood there, a mark and an expiry included', async () => {
      await store.put('replace', 'key', 1, inSeconds(60));
      await store.mark('replace', 'key');
      await store.put('replace', 'key', 2, inSeconds(120));
      clock.advance(90);
      assert.deepEqual(await store.mark('replace', 'key'), { outcome: 'marked', value: 2 });
    });

    test('quality Q2: two kinds never share a key, however kind and key are cut', async () => {
      await store.put('ab', 'c', 'one', inSeconds(60));
      assert.equal(await store.get('a', 'bc'), undefined);
      assert.equal(await store.take('other', 'c'), undefined);
      assert.equal(await store.claim('a', 'bc', inSeconds(60)), true);
      assert.equal(await store.get('ab', 'c'), 'one');
    });

    test('take gives the value once', async () => {
      await store.put('take', 'key', { code: 1 }, inSeconds(60));
      assert.deepEqual(await store.take('take', 'key'), { code: 1 });
      assert.equal(await store.take('take', 'key'), undefined);
      assert.equal(await store.get('take', 'key'), undefined);
    });

    test('quality R45: an expired value is absent for get, take and mark before the sweeper has passed', async () => {
      await store.put('expiry', 'key', 1, inSeconds(10));
      clock.advance(9);
      assert.equal(await store.get('expiry', 'key'), 1);
      clock.advance(1);
      assert.equal(await store.get('expiry', 'key'), undefined);
      assert.equal(await store.take('expiry', 'key'), undefined);
      assert.deepEqual(await store.mark('expiry', 'key'), { outcome: 'absent' });
    });

    test('claim succeeds once until it expires, and once more then', async () => {
      assert.equal(await store.claim('claim', 'key', inSeconds(10)), true);
      assert.equal(await store.claim('claim', 'key', inSeconds(1000)), false);
      clock.advance(9);
      assert.equal(await store.claim('claim', 'key', inSeconds(10)), false);
      clock.advance(1);
      assert.equal(await store.claim('claim', 'key', inSeconds(10)), true);
      assert.equal(await store.claim('claim', 'key', inSeconds(10)), false);
    });

    test('a claim is no value: nobody reads, takes or marks it away', async () => {
      await store.claim('claim', 'kept', inSeconds(60));
      assert.equal(await store.get('claim', 'kept'), undefined);
      assert.equal(await store.take('claim', 'kept'), undefined);
      assert.deepEqual(await store.mark('claim', 'kept'), { outcome: 'absent' });
      assert.equal(await store.claim('claim', 'kept', inSeconds(60)), false);
    });

    test('a value that is there cannot be claimed', async () => {
      await store.put('claim', 'value', 1, inSeconds(60));
      assert.equal(await store.claim('claim', 'value', inSeconds(60)), false);
      assert.equal(await store.get('claim', 'value'), 1);
    });

    test('mark tells the first use from every later one and leaves the value', async () => {
      await store.put('mark', 'key', 'grant', inSeconds(60));
      assert.deepEqual(await store.mark('mark', 'key'), { outcome: 'marked', value: 'grant' });
      assert.deepEqual(await store.mark('mark', 'key'), { outcome: 'already', value: 'grant' });
      assert.deepEqual(await store.mark('mark', 'key'), { outcome: 'already', value: 'grant' });
      assert.equal(await store.get('mark', 'key'), 'grant');
      assert.equal(await store.take('mark', 'key'), undefined, 'a marked value is spent');
      assert.deepEqual(await store.mark('mark', 'absent'), { outcome: 'absent' });
    });

    test('count lets exactly the limit through and starts again after its window', async () => {
      const until = inSeconds(60);
      for (let used = 1; used <= 3; used++) {
        assert.deepEqual(await store.count('count', 'key', 3, 60), { allowed: true, used, until });
        clock.advance(10);
      }
      assert.deepEqual(await store.count('count', 'key', 3, 60), { allowed: false, used: 3, until });
      assert.deepEqual(await store.count('count', 'key', 3, 60), { allowed: false, used: 3, until });
      clock.advance(30);
      assert.deepEqual(await store.count('count', 'key', 3, 60), { allowed: true, used: 1, until: inSeconds(60) });
    });

    test('a stricter limit on the same counter forgets no try', async () => {
      for (let tries = 0; tries < 4; tries++) await store.count('count', 'limits', 10, 60);
      assert.equal((await store.count('count', 'limits', 2, 60)).allowed, false);
      assert.deepEqual((await store.count('count', 'limits', 10, 60)).used, 5);
      assert.equal((await store.count('count', 'nothing allowed', 0, 60)).allowed, false);
    });

    test('uncount gives back one reserved try, once and never below zero, and does not hold refused ones against the key', async () => {
      await store.uncount('uncount', 'absent', 3);
      for (let tries = 0; tries < 5; tries++) await store.count('uncount', 'key', 3, 60);
      assert.equal(await store.counted('uncount', 'key'), 4, 'three and the sign that more were refused');
      await store.uncount('uncount', 'key', 3);
      assert.equal(await store.counted('uncount', 'key'), 2);
      assert.equal((await store.count('uncount', 'key', 3, 60)).allowed, true);
      assert.equal((await store.count('uncount', 'key', 3, 60)).allowed, false);
      for (let back = 0; back < 9; back++) await store.uncount('uncount', 'key', 3);
      assert.equal(await store.counted('uncount', 'key'), 0);
      await store.put('uncount', 'value', 5, inSeconds(60));
      await store.uncount('uncount', 'value', 3);
      assert.deepEqual([await store.get('uncount', 'value'), await store.counted('uncount', 'value')], [5, 0], 'a value is no counter');
      clock.advance(61);
      assert.equal(await store.counted('uncount', 'key'), 0);
    });

    test('remove forgets values, claims and counters', async () => {
      await store.put('remove', 'value', 1, inSeconds(60));
      await store.claim('remove', 'claim', inSeconds(60));
      await store.count('remove', 'count', 1, 60);
      for (const key of ['value', 'claim', 'count', 'absent']) await store.remove('remove', key);
      assert.equal(await store.get('remove', 'value'), undefined);
      assert.equal(await store.claim('remove', 'claim', inSeconds(60)), true);
      assert.equal((await store.count('remove', 'count', 1, 60)).allowed, true);
    });

    test('transaction keeps all or nothing, and others see it only when it is done', async () => {
      await store.transaction(async (inner) => {
        await inner.put('transaction', 'kept', 1, inSeconds(60));
        assert.equal(await inner.get('transaction', 'kept'), 1);
        assert.equal(await store.get('transaction', 'kept'), undefined);
      });
      assert.equal(await store.get('transaction', 'kept'), 1);
      const fault = new Error('stop');
      const failing = store.transaction(async (inner) => {
        await inner.take('transaction', 'kept');
        await inner.claim('transaction', 'undone', inSeconds(60));
        throw fault;
      });
      await assert.rejects(failing, fault);
      assert.equal(await store.get('transaction', 'kept'), 1);
      assert.equal(await store.claim('transaction', 'undone', inSeconds(60)), true);
    });

    test('a transaction inside one can fail alone, and goes down with the outer one', async () => {
      await store.transaction(async (outer) => {
        await outer.put('nested', 'outer', 1, inSeconds(60));
        await assert.rejects(
          outer.transaction(async (inner) => {
            await inner.put('nested', 'inner', 1, inSeconds(60));
            throw new Error('only the inner one');
          }),
        );
        await outer.transaction((inner) => inner.put('nested', 'second', 1, inSeconds(60)));
      });
      assert.deepEqual(await Promise.all(['outer', 'inner', 'second'].map((key) => store.get('nested', key))), [1, undefined, 1]);
    });

    test('statements of one transaction may be asked for at the same time', async () => {
      const keys = ['a', 'b', 'c', 'd'];
      const answers = await store.transaction((inner) => Promise.all(keys.map((key) => inner.claim('together', key, inSeconds(60)))));
      assert.deepEqual(answers, [true, true, true, true]);
    });

    test('each verb is one statement', async () => {
      const verbs: [string, () => Promise<unknown>][] = [
        ['put', () => store.put('one', 'key', 1, inSeconds(60))],
        ['get', () => store.get('one', 'key')],
        ['mark', () => store.mark('one', 'key')],
        ['take', () => store.take('one', 'key')],
        ['claim', () => store.claim('one', 'claim', inSeconds(60))],
        ['count', () => store.count('one', 'count', 1, 60)],
        ['count refused', () => store.count('one', 'count', 1, 60)],
        ['remove', () => store.remove('one', 'key')],
      ];
      for (const [verb, work] of verbs) {
        const before = service.statements();
        await work();
        assert.equal(service.statements() - before, 1, verb);
      }
    });

    test('the sweeper removes what has expired, a little later, and nothing else', async () => {
      clock.advance(100_000);
      await service.sweep();
      for (let index = 0; index < 25; index++) await store.put('sweep', `old-${index}`, index, inSeconds(10));
      await store.put('sweep', 'young', 1, inSeconds(1000));
      await store.claim('sweep', 'claimed', inSeconds(1000));
      clock.advance(300);
      assert.equal(await service.sweep(), 0, 'a node with a slow clock still finds what has just expired');
      clock.advance(10);
      assert.equal(await service.sweep(), 25);
      assert.equal(await store.get('sweep', 'young'), 1);
      assert.equal(await store.claim('sweep', 'claimed', inSeconds(1000)), false);
    });
  });
}
