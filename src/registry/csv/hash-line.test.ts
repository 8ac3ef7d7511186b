import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '../../lib/clock.ts';
import { withDeadline } from '../deadline.ts';
import type { Registry } from '../registry.ts';
import { createHashLine } from './hash-line.ts';

const expected = { ln: 15, r: 8, p: 3, salt: new Uint8Array(16) };
const turn = () => new Promise((resolve) => setImmediate(resolve));

/** A hash that ends when the test says so. */
function open(limits: { running: number; waiting: number; patienceSeconds?: number }) {
  const ends: (() => void)[] = [];
  const line = createHashLine(
    async (password) => {
      await new Promise<void>((resolve) => ends.push(resolve));
      if (password === 'broken') throw new Error('no memory');
      return new TextEncoder().encode(password);
    },
    { patienceSeconds: 600, ...limits },
  );
  const hash = async (password: string) => {
    const hashed = await line(password, expected);
    return hashed && Buffer.from(hashed).toString();
  };
  return { ends, hash };
}

test('quality Q33: a flood of passwords does not take every thread, and who finds the line full is told at once', async () => {
  const { ends, hash } = open({ running: 2, waiting: 3 });
  const asked = Array.from({ length: 20 }, (_, index) => hash(String(index)));
  assert.deepEqual([...new Set(await Promise.all(asked.slice(5)))], [undefined]);
  assert.equal(ends.length, 2, 'at one time');
  for (let ended = 0; ended < 5; ended += 1) {
    ends[ended]?.();
    await turn();
  }
  assert.deepEqual(await Promise.all(asked.slice(0, 5)), ['0', '1', '2', '3', '4']);
  assert.equal(ends.length, 5);
});

test('nothing is worked out for whoever lost patience, and a hash that fails makes room like any other', async () => {
  const { ends, hash } = open({ running: 1, waiting: 3, patienceSeconds: 0.01 });
  const slow = hash('slow');
  assert.deepEqual(await Promise.all([hash('behind it'), hash('behind that')]), [undefined, undefined]);
  ends[0]?.();
  assert.equal(await slow, 'slow');
  assert.equal(ends.length, 1);
  const broken = hash('broken');
  ends[1]?.();
  await assert.rejects(broken, /no memory/);
  const last = hash('last');
  ends[2]?.();
  assert.equal(await last, 'last');
});

test('quality Q33: hashes that take too long do not make the registry rest for those who sign in otherwise', async () => {
  const { hash } = open({ running: 2, waiting: 8, patienceSeconds: 0.01 });
  const challenge = { registry: 'people', factor: 'password', individualId: '7' } as const;
  const registry: Registry = {
    begin: async () => challenge,
    verify: async () => ((await hash('x')) === undefined ? 'unavailable' : 'refused'),
    claims: async () => ({ outcome: 'known', claims: {} }),
    check: async () => 'ready',
  };
  const guarded = withDeadline(registry, { name: 'people', seconds: 0.05, clock: movableClock(new Date(0)) });
  const calm = () => new AbortController().signal;
  const flood = Array.from({ length: 40 }, () => guarded.verify(challenge, { factor: 'password', password: 'x' }, calm()));
  assert.deepEqual([...new Set(await Promise.all(flood))], ['unavailable']);
  assert.deepEqual(await guarded.begin({ individualId: '7' }, 'password', calm()), challenge);
  assert.equal((await guarded.claims({ registry: 'people', id: '7' }, [], calm())).outcome, 'known');
});
