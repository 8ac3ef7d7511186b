import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../test/support/memory-store.ts';
import type { KeyStore } from '../keys/keys.ts';
import { movableClock } from '../lib/clock.ts';
import { createOneTimeCodes } from './one-time-codes.ts';

async function open() {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const store = createMemoryStore(clock);
  const keys = { secret: async () => new Uint8Array(32).fill(7) } as unknown as KeyStore;
  const codes = await createOneTimeCodes({ store, clock, keys, mailbox: true });
  const newest = async () => (await codes.messages())[0]?.code ?? '';
  return { clock, store, codes, newest };
}
const address = { channel: 'mail', to: 'noor@example.org' } as const;

test('a code is good once, for five minutes, and a new one ends the old', async () => {
  const { clock, codes, newest } = await open();
  await codes.send('4022802715', address);
  const first = await newest();
  clock.advance(1);
  await codes.send('4022802715', address);
  const second = await newest();
  assert.equal(await codes.redeem('4022802715', first), first === second);
  assert.equal(await codes.redeem('7044303937', second), false, 'somebody else');
  assert.equal(await codes.redeem('4022802715', second), first !== second);
  assert.equal(await codes.redeem('4022802715', second), false, 'a second time');
  await codes.send('4022802715', address);
  clock.advance(301);
  assert.equal(await codes.redeem('4022802715', await newest()), false, 'too late');
});

test('quality Q21: whoever reads the database cannot try numbers until one fits, nor read a code or an address', async () => {
  const { store, codes, newest } = await open();
  await codes.send('4022802715', address);
  const code = await newest();
  const rows = [...store.rows].map(([key, { value }]) => `${key} ${JSON.stringify(value)}`);
  assert.ok(rows.length > 0);
  // The store hashes a key without a secret, which is no help for a number of ten digits.
  for (const row of rows) for (const secret of ['4022802715', address.to, code]) assert.ok(!row.includes(secret), row);
});
