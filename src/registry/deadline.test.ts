import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '../lib/clock.ts';
import { withDeadline } from './deadline.ts';
import type { Challenge, Registry } from './registry.ts';

const name = 'people';
const hint = { individualId: '7' };
const challenge: Challenge = { registry: name, factor: 'password', individualId: '7' };
const evidence = { factor: 'password', password: 'right' } as const;
const subject = { registry: name, id: '7' };
const calm = () => new AbortController().signal;

/** A registry that gives one answer to everything, however wrong. */
function faulty(answer: () => unknown): Registry {
  const say = () => answer() as never;
  return { begin: say, verify: say, claims: say, check: say };
}

function wrapped(answer: () => unknown, clock = movableClock(new Date(0))): Registry {
  return withDeadline(faulty(answer), { name, seconds: 0.02, clock });
}

const sound = () =>
  withDeadline(
    {
      begin: async () => challenge,
      verify: async () => subject,
      claims: async () => ({ outcome: 'known', claims: { a: 1, b: [null, { c: 'd' }] } }),
      check: async () => 'ready',
    },
    { name, seconds: 1, clock: movableClock(new Date(0)) },
  );

test('sound answers pass unchanged', async () => {
  const registry = sound();
  assert.deepEqual(await registry.begin(hint, 'password', calm()), challenge);
  assert.deepEqual(await registry.verify(challenge, evidence, calm()), subject);
  assert.deepEqual(await registry.claims(subject, ['a', 'b', 'z'], calm()), { outcome: 'known', claims: { a: 1, b: [null, { c: 'd' }] } });
  assert.equal(await registry.check(calm()), 'ready');
});

test('features A08, quality Q33: late, throwing and malformed answers are unavailable, never a success and never a refusal', async () => {
  const hostile: Readonly<Record<string, () => unknown>> = {
    'never answers': () => new Promise(() => {}),
    'answers late': () => new Promise((resolve) => setTimeout(() => resolve(subject), 200).unref()),
    'throws at once': () => {
      throw new Error('down');
    },
    rejects: () => Promise.reject(new Error('down')),
    undefined: () => undefined,
    null: () => Promise.resolve(null),
    true: () => Promise.resolve(true),
    'a word': () => Promise.resolve('ok'),
    'an empty object': () => Promise.resolve({}),
    'a list': () => Promise.resolve([subject]),
    'another registry': () => Promise.resolve({ registry: 'other', id: '7' }),
    'another person': () => Promise.resolve({ registry: name, id: '8' }),
    'a number for an id': () => Promise.resolve({ registry: name, id: 7 }),
    'the challenge of another person': () => Promise.resolve({ ...challenge, individualId: '8' }),
    'the challenge of another factor': () => Promise.resolve({ ...challenge, factor: 'knowledge' }),
    'a delivery of null': () => Promise.resolve({ ...challenge, delivery: null }),
    'a delivery nobody knows': () => Promise.resolve({ ...challenge, delivery: { channel: 'pigeon', masked: 'x' } }),
    'known without claims': () => Promise.resolve({ outcome: 'known' }),
    'claims in a list': () => Promise.resolve({ outcome: 'known', claims: ['a'] }),
    'a claim that is no JSON': () => Promise.resolve({ outcome: 'known', claims: { a: () => 'x' } }),
    'a claim that is not a number': () => Promise.resolve({ outcome: 'known', claims: { a: Number.NaN } }),
    'an outcome nobody knows': () => Promise.resolve({ outcome: 'fine', claims: { a: 1 } }),
  };
  for (const [what, answer] of Object.entries(hostile)) {
    assert.equal(await wrapped(answer).begin(hint, 'password', calm()), 'unavailable', what);
    assert.equal(await wrapped(answer).verify(challenge, evidence, calm()), 'unavailable', what);
    assert.deepEqual(await wrapped(answer).claims(subject, ['a'], calm()), { outcome: 'unavailable' }, what);
    assert.equal(await wrapped(answer).check(calm()), 'unavailable', what);
  }
});

test('a challenge is answered by its own registry and factor alone', async () => {
  const registry = sound();
  assert.equal(await registry.verify({ ...challenge, registry: 'other' }, evidence, calm()), 'refused');
  assert.equal(await registry.verify(challenge, { factor: 'otp', otp: '1' }, calm()), 'refused');
});

test('claims that nobody asked for are dropped', async () => {
  const registry = wrapped(() => Promise.resolve({ outcome: 'known', claims: { a: 1, secret: 2 } }));
  assert.deepEqual(await registry.claims(subject, ['a'], calm()), { outcome: 'known', claims: { a: 1 } });
});

test('the deadline ends the call itself', async () => {
  let ended = false;
  const waiting: Registry = {
    ...faulty(() => undefined),
    begin: (_hint, _factor, signal) =>
      new Promise((_, reject) =>
        signal.addEventListener('abort', () => {
          ended = true;
          reject(signal.reason);
        }),
      ),
  };
  const registry = withDeadline(waiting, { name, seconds: 0.01, clock: movableClock(new Date(0)) });
  assert.equal(await registry.begin(hint, 'otp', calm()), 'unavailable');
  assert.ok(ended);
});

test('quality Q33: after five late answers in a row a registry rests, then it is tried again', async () => {
  const clock = movableClock(new Date(0));
  let [calls, healthy] = [0, false];
  const registry = wrapped(() => {
    calls += 1;
    return healthy ? Promise.resolve(subject) : new Promise(() => {});
  }, clock);
  for (let call = 0; call < 8; call += 1) assert.equal(await registry.verify(challenge, evidence, calm()), 'unavailable');
  assert.equal(calls, 5);
  healthy = true;
  clock.advance(5);
  assert.deepEqual(await registry.verify(challenge, evidence, calm()), subject);
  assert.deepEqual(await registry.verify(challenge, evidence, calm()), subject);
  assert.equal(calls, 7);
});

test("one person's broken record does not make the registry rest for all", async () => {
  let broken = true;
  const registry = wrapped(() => (broken ? Promise.reject(new Error('no such image')) : Promise.resolve(subject)));
  for (let call = 0; call < 10; call += 1) assert.equal(await registry.verify(challenge, evidence, calm()), 'unavailable');
  broken = false;
  assert.deepEqual(await registry.verify(challenge, evidence, calm()), subject);
});

test('callers who go away do not make a registry rest', async () => {
  let answer: () => Promise<unknown> = () => new Promise(() => {});
  const registry = wrapped(() => answer());
  for (let call = 0; call < 10; call += 1) {
    const caller = new AbortController();
    const asked = registry.verify(challenge, evidence, caller.signal);
    caller.abort();
    assert.equal(await asked, 'unavailable');
  }
  answer = () => Promise.resolve(subject);
  assert.deepEqual(await registry.verify(challenge, evidence, calm()), subject);
});
