import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../test/support/memory-store.ts';
import { movableClock } from '../lib/clock.ts';
import { createPushedClaims, pushedRegistry } from './pushed-claims.ts';

const signal = AbortSignal.timeout(60_000);

test('features D10, quality Q21, R45: what was pushed opens by its id alone, at its issuer alone, until its time is up', async () => {
  const clock = movableClock(new Date());
  const store = createMemoryStore(clock);
  const secret = new Uint8Array(32).fill(7);
  const pushed = createPushedClaims({ identifier: 'https://issuer.example/one', store, clock, secret });
  const other = createPushedClaims({ identifier: 'https://issuer.example/two', store, clock, secret });
  const { id } = await pushed.push({ name: 'Canary', town: 'Orsana' }, 600);
  const ask = (source: typeof pushed, who: string, names: readonly string[]) =>
    source.claims({ registry: pushedRegistry, id: who }, names, signal);
  assert.deepEqual(
    await ask(pushed, id, ['name', 'shoe_size']),
    { outcome: 'known', claims: { name: 'Canary' } },
    'only what is asked for',
  );
  assert.deepEqual(await ask(other, id, ['name']), { outcome: 'unknown' });
  for (const altered of ['', `${id}A`, id.slice(1), `${id.slice(0, -1)}${id.endsWith('A') ? 'B' : 'A'}`])
    assert.deepEqual(await ask(pushed, altered, ['name']), { outcome: 'unknown' });
  assert.doesNotMatch(JSON.stringify([...store.rows.values()]), /Canary|Orsana/);
  clock.advance(600);
  assert.deepEqual(await ask(pushed, id, ['name']), { outcome: 'unknown' });
});
