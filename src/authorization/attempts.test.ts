import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../test/support/memory-store.ts';
import { movableClock } from '../lib/clock.ts';
import { createAttempts } from './attempts.ts';

const limits = {
  account: { limit: 3, windowSeconds: 600 },
  client: { limit: 5, windowSeconds: 60 },
  network: { limit: 4, windowSeconds: 60 },
};

function open() {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const store = createMemoryStore(clock);
  return { clock, store, attempts: createAttempts(store, new Uint8Array(32), limits) };
}

test('quality Q31: the account locks after its tries, for its window, and opens again', async () => {
  const { clock, attempts } = open();
  for (let left = 2; left >= 0; left -= 1) assert.deepEqual(await attempts.reserve('1'), { outcome: 'allowed', triesLeft: left });
  assert.equal((await attempts.reserve('1')).outcome, 'locked');
  assert.equal(await attempts.isLocked('1'), true);
  assert.equal((await attempts.reserve('2')).outcome, 'allowed', 'nobody else is locked');
  clock.advance(601);
  assert.equal((await attempts.reserve('1')).outcome, 'allowed');
});

test('quality Q31: a right answer ends the count', async () => {
  const { attempts } = open();
  for (let tries = 0; tries < 3; tries += 1) await attempts.reserve('1');
  await attempts.forgive('1');
  assert.equal(await attempts.isLocked('1'), false);
  assert.deepEqual(await attempts.reserve('1'), { outcome: 'allowed', triesLeft: 2 });
});

test('quality Q33: a registry that does not answer costs nobody a try, and takes no lock away that others have earned', async () => {
  const { attempts } = open();
  for (let outage = 0; outage < 10; outage += 1) {
    assert.deepEqual(await attempts.reserve('1'), { outcome: 'allowed', triesLeft: 2 });
    await attempts.release('1');
  }
  for (let tries = 0; tries < 3; tries += 1) await attempts.reserve('1');
  await attempts.release('1');
  assert.equal(await attempts.isLocked('1'), false, 'two tries were compared');
  await attempts.reserve('1');
  assert.equal(await attempts.isLocked('1'), true);
  assert.equal((await attempts.reserve('1')).outcome, 'locked');
});

test('quality Q31, features C54: client and network only slow down, and a network is its /24 or /64', async () => {
  const { clock, attempts } = open();
  for (let index = 0; index < 4; index += 1)
    assert.equal((await attempts.slow(`client-${index}`, `203.0.113.${index}`)).outcome, 'allowed');
  assert.equal((await attempts.slow('client-9', '203.0.113.200')).outcome, 'busy', 'the same network');
  assert.equal((await attempts.slow('client-9', '::ffff:203.0.113.7')).outcome, 'busy', 'the same network in another spelling');
  assert.equal((await attempts.slow('client-9', '203.0.114.1')).outcome, 'allowed');
  for (let index = 0; index < 4; index += 1) await attempts.slow('one-client', `2001:db8:0:${index}::1`);
  await attempts.slow('one-client', '2001:db8:0:77::1');
  assert.equal((await attempts.slow('one-client', '2001:db8:0:78::1')).outcome, 'busy', 'the same client');
  clock.advance(61);
  assert.equal((await attempts.slow('one-client', '203.0.113.1')).outcome, 'allowed');
});

test('quality Q31: a network is the same however its addresses are written', async () => {
  const same = [
    ['2001:db8::a:b:c:d', '2001:db8::1', '2001:db8::', '2001:db8:0:0:ffff:ffff:ffff:ffff', '2001:0db8:0000:0000::9'],
    ['2001:db8:1::5', '2001:db8:1::a:b:c:d', '2001:db8:1:0:7::', '2001:db8:1:0:9:9:9:9'],
    ['fe80::1%eth0', 'fe80::2', 'fe80:0:0:0:1:2:3:4'],
    ['::1', '::2', '0:0:0:0:5::'],
  ];
  for (const addresses of same) {
    const { attempts } = open();
    for (let index = 0; index < limits.network.limit; index += 1)
      await attempts.slow(`client-${index}`, addresses[index % addresses.length] as string);
    for (const address of addresses) assert.equal((await attempts.slow(`at ${address}`, address)).outcome, 'busy', address);
    assert.equal((await attempts.slow('elsewhere', '2001:db8:2::1')).outcome, 'allowed');
  }
});

test('quality Q21, Q31: whoever reads the database finds neither numbers nor addresses to try', async () => {
  const { store, attempts } = open();
  await attempts.reserve('4022802715');
  await attempts.slow('client', '203.0.113.7');
  await attempts.slow('client', '2001:db8:5:6::1');
  const keys = [...store.rows.keys()];
  assert.equal(keys.length, 4);
  for (const key of keys) for (const secret of ['4022802715', '203.0.113', '2001:db8']) assert.ok(!key.includes(secret), key);
});
