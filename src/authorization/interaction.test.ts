import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMemoryStore } from '../../test/support/memory-store.ts';
import type { AuthorizationConfig } from '../config-schema.ts';
import { movableClock } from '../lib/clock.ts';
import type { Registry } from '../registry/registry.ts';
import { createAccounts } from './account.ts';
import { createAttempts } from './attempts.ts';
import { type Asked, Interaction } from './interaction.ts';
import { createLoginStates } from './login-state.ts';

const limit = { limit: 3, windowSeconds: 600 };
const secret = new Uint8Array(32).fill(3);
const asked = { uid: 'u', client: undefined, types: [], endsAt: new Date('2026-11-24T13:00:00Z') };

/** A sign-in by password before a registry that the test commands. */
function open() {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const store = createMemoryStore(clock);
  const attempts = createAttempts(store, secret, { account: limit, client: limit, network: limit });
  let answer: Awaited<ReturnType<Registry['verify']>> = 'refused';
  let compared = 0;
  const registry: Registry = {
    begin: async ({ individualId }, factor) => ({ registry: 'people', factor, individualId }),
    async verify() {
      compared += 1;
      return answer;
    },
    claims: async () => ({ outcome: 'unknown' }),
    check: async () => 'ready',
  };
  const interaction = new Interaction({
    origin: 'https://login.example',
    config: { factors: ['password'], consent: {} } as unknown as AuthorizationConfig,
    registry,
    issuers: {} as never,
    states: createLoginStates(store, secret, clock),
    attempts,
    accounts: createAccounts(secret, secret),
    clock,
  });
  /** As the form of the page would send it. */
  const send = (stage: 'identify' | 'evidence' | 'consent', input: Record<string, string>, about: Asked = asked) =>
    interaction.answer(about, 'en', { action: 'continue', stage, ...input });
  return {
    attempts,
    send,
    show: (about: Asked = asked) => interaction.show(about, 'en'),
    compared: () => compared,
    registryAnswers: (next: typeof answer) => {
      answer = next;
    },
  };
}

test('features A08, quality Q33: a registry that is away is never success, and costs nobody a try', async () => {
  const { send, show, attempts, registryAnswers } = open();
  await send('identify', { individual_id: '4022802715', factor: 'password' });
  registryAnswers('unavailable');
  for (let outage = 0; outage < 10; outage += 1) {
    const next = await send('evidence', { password: 'right' });
    assert.ok(next.show === 'evidence' && next.view.fault?.kind === 'unavailable', JSON.stringify(next));
  }
  assert.equal((await show()).show, 'evidence');
  assert.equal(await attempts.isLocked('4022802715'), false);
  registryAnswers({ registry: 'people', id: '4022802715' });
  await send('evidence', { password: 'right' });
  assert.equal((await show()).show, 'consent');
});

test('quality Q4, Q31: refused evidence counts, and the account is locked whatever comes next', async () => {
  const { send, registryAnswers } = open();
  await send('identify', { individual_id: '4022802715', factor: 'password' });
  for (let left = 2; left >= 0; left -= 1) {
    const next = await send('evidence', { password: 'wrong' });
    assert.ok(next.show === 'evidence');
    assert.deepEqual(next.view.fault, { kind: 'refused', triesLeft: left });
  }
  registryAnswers({ registry: 'people', id: '4022802715' });
  const next = await send('evidence', { password: 'right' });
  assert.ok(next.show === 'error' && next.view.kind === 'locked');
});

test('quality Q4: of a hundred answers at once no more are compared than the account has tries', async () => {
  const { send, compared } = open();
  await send('identify', { individual_id: '4022802715', factor: 'password' });
  const answers = await Promise.all(Array.from({ length: 100 }, () => send('evidence', { password: 'a guess' })));
  assert.equal(compared(), 3);
  assert.equal(answers.filter(({ show }) => show === 'error').length, 97);
});

test('quality R7: an account that was locked meanwhile makes no code, though its owner stands before the last button', async () => {
  const { send, show, attempts, registryAnswers } = open();
  await send('identify', { individual_id: '4022802715', factor: 'password' });
  registryAnswers({ registry: 'people', id: '4022802715' });
  await send('evidence', { password: 'right' });
  assert.equal((await show()).show, 'consent');
  for (let tries = 0; tries < 3; tries += 1) await attempts.reserve('4022802715');
  for (const next of [await send('consent', { action: 'allow' }), await show()])
    assert.ok(next.show === 'error' && next.view.kind === 'expired');
});

test('features A10: a decision is about the person and the documents that the page showed, and about nothing else', async () => {
  const { send, show, registryAnswers } = open();
  const card = { issuer: 'https://i.example', configurationId: 'Card', scope: 'card', configuration: {}, metadata: {} };
  const [asOne, asMore] = [
    { ...asked, types: [card] },
    { ...asked, types: [card, { ...card, configurationId: 'Licence', scope: 'licence' }] },
  ];
  const decisions: string[] = [];
  for (const id of ['4022802715', '7044303937']) {
    await send('identify', { action: 'restart' });
    await send('identify', { individual_id: id, factor: 'password' });
    registryAnswers({ registry: 'people', id });
    await send('evidence', { password: 'right' });
    const shown = await show(asOne);
    assert.ok(shown.show === 'consent');
    decisions.push(shown.view.decision);
  }
  const [ofSomebodyElse = '', decision = ''] = decisions;
  const stale: readonly [string, Record<string, string>, Asked][] = [
    ['the page of who sat there before', { decision: ofSomebodyElse }, asOne],
    ['no page', {}, asOne],
    ['a page that named fewer documents', { decision }, asMore],
  ];
  for (const [what, input, about] of stale)
    assert.equal((await send('consent', { action: 'allow', ...input }, about)).show, 'consent', what);
  const allowed = await send('consent', { action: 'allow', decision }, asOne);
  assert.equal(allowed.show, 'allowed');
});
