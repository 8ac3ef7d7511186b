import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { administer } from '../support/database.ts';
import { type Answer, type DeferringNodes, makeBoundKey, openDeferringNodes, payloadOf } from '../support/deferring-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const noor = { name: 'Noor Canary-Name', town: 'Canary-Town', tongues: ['a'], notes: ['b'] };
const known = { outcome: 'known', claims: noor } as const;
const racers = process.env.CHANCERY_LONG ? 1000 : 40;
const rounds = process.env.CHANCERY_LONG ? 20 : 3;

let nodes: DeferringNodes;
let holder: TestKey;
before(async () => {
  nodes = await openDeferringNodes();
  holder = await makeTestKey();
});
beforeEach(() => nodes.people.clear());
after(() => nodes?.close());

/** A request of a person whose record is pending: its answer, and what to come back with. */
async function putOff(person: string, more: Readonly<Record<string, unknown>> = {}) {
  nodes.people.set(person, { outcome: 'pending' });
  const token = await nodes.token(person, more);
  const body = await nodes.bodyFor(holder);
  const answer = await nodes.request(token, body);
  assert.equal(answer.status, 202, answer.text);
  return { token, body, answer, transactionId: answer.body.transaction_id };
}

/** The record is there, and a worker has seen it. */
async function completeFor(person: string): Promise<void> {
  nodes.people.set(person, known);
  nodes.clock.advance(60);
  assert.ok((await nodes.complete()) >= 1);
}

const outcome = ({ status, body }: Answer) => `${status} ${body.error ?? ''}`.trim();
const over = '400 invalid_transaction_id';

test('features B28, standards V-38, V-49, quality SU9: a pending record is answered 202, a retry and every poll with the same id', async () => {
  const before = await nodes.rowsIn('ledger');
  const { token, body, answer, transactionId = '' } = await putOff('canary-1');
  assert.deepEqual(Object.keys(answer.body), ['transaction_id', 'interval']);
  assert.ok(Buffer.from(transactionId, 'base64url').byteLength >= 32, 'quality F2: 256 bits');
  assert.equal(answer.body.interval, 60);
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  const again = await nodes.request(token, body, { node: 1 });
  assert.deepEqual([again.status, again.text], [202, answer.text], 'quality Q6: the same request, the same answer');
  assert.equal(outcome(await nodes.request(await nodes.token('canary-1'), body)), '400 invalid_nonce', 'its nonce is spent');
  for (const node of [0, 1, 0]) {
    const poll = await nodes.poll(token, transactionId, { node });
    assert.deepEqual([poll.status, poll.text, poll.headers.get('cache-control')], [202, answer.text, 'no-store']);
  }
  nodes.people.set('canary-1', known);
  assert.equal((await nodes.poll(token, transactionId)).status, 202, 'no poll asks the registry');
  assert.equal(nodes.asked.get('canary-1'), 3, 'only the three requests did');
  const late = await nodes.request(token, body, { node: 1 });
  assert.deepEqual([late.status, late.text], [202, answer.text], 'not a second credential beside the first transaction');
  assert.equal(await nodes.rowsIn('ledger'), before);
});

test('features B28, standards V-41, V-42, V-47, quality F2, R18: picked up once, with a later token, for the key proven first; then the id is dead', async () => {
  const bound = await makeBoundKey();
  nodes.people.set('canary-2', { outcome: 'pending' });
  const first = await nodes.token('canary-2', { cnf: bound.cnf });
  const asked = await nodes.request(first, await nodes.bodyFor(holder), { dpopKey: bound.key });
  assert.equal(asked.status, 202, asked.text);
  const { transaction_id: transactionId } = asked.body;
  await completeFor('canary-2');
  // As after a refresh: another token of the same client, person and key.
  nodes.clock.advance(3000);
  const later = await nodes.token('canary-2', { cnf: bound.cnf });
  const before = await nodes.rowsIn('ledger');
  const issued = await nodes.poll(later, transactionId, { dpopKey: bound.key, node: 1 });
  assert.equal(issued.status, 200, issued.text);
  assert.deepEqual(Object.keys(issued.body), ['credentials', 'notification_id']);
  assert.equal((payloadOf(issued).cnf as { jwk: { x?: string } }).jwk.x, holder.publicJwk.x);
  for (const node of [1, 0, 1])
    assert.equal(outcome(await nodes.poll(later, transactionId, { dpopKey: bound.key, node })), over, `node ${node}`);
  assert.equal(await nodes.rowsIn('ledger'), before + 1);
});

test('features B29: the notification of a pickup names what was picked up', async () => {
  const { token, transactionId } = await putOff('canary-3');
  await completeFor('canary-3');
  const issued = await nodes.poll(token, transactionId);
  assert.equal(issued.status, 200, issued.text);
  const told = {
    method: 'POST',
    body: JSON.stringify({ notification_id: issued.body.notification_id, event: 'credential_accepted' }),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  };
  assert.equal((await nodes.ask('/issuers/civil/notification', told)).status, 204);
});

test('quality F2, SU9: a stolen transaction_id opens to no other client, person, key or issuer, and is still its owner’s', async () => {
  const bound = await makeBoundKey();
  const thief = await makeBoundKey();
  nodes.people.set('canary-4', { outcome: 'pending' });
  const own = { cnf: bound.cnf };
  const asked = await nodes.request(await nodes.token('canary-4', own), await nodes.bodyFor(holder), { dpopKey: bound.key });
  const { transaction_id: id } = asked.body;
  await completeFor('canary-4');
  nodes.people.set('canary-5', known);
  const tries: readonly [string, Answer][] = [
    ['another key', await nodes.poll(await nodes.token('canary-4', { cnf: thief.cnf }), id, { dpopKey: thief.key })],
    ['no key', await nodes.poll(await nodes.token('canary-4'), id)],
    ['another client', await nodes.poll(await nodes.token('canary-4', { ...own, client_id: 'other' }), id, { dpopKey: bound.key })],
    ['another person', await nodes.poll(await nodes.token('canary-5', own), id, { dpopKey: bound.key })],
    [
      'a guess',
      await nodes.poll(await nodes.token('canary-4', own), `${id?.startsWith('A') ? 'B' : 'A'}${id?.slice(1)}`, { dpopKey: bound.key }),
    ],
    ['another issuer', await nodes.poll(await nodes.token('canary-4', own, 'academy'), id, { dpopKey: bound.key, issuer: 'academy' })],
  ];
  for (const [what, answer] of tries) assert.equal(outcome(answer), over, what);
  const narrow = await nodes.poll(await nodes.token('canary-4', { ...own, scope: 'openid' }), id, { dpopKey: bound.key });
  assert.equal(outcome(narrow), '403 insufficient_scope');
  assert.equal((await nodes.ask('/issuers/civil/deferred-credential', { method: 'POST' })).status, 401);
  assert.equal((await nodes.poll(await nodes.token('canary-4', own), id, { dpopKey: bound.key })).status, 200, 'the owner');
});

test('quality F2: with neither client nor key the very token is meant', async () => {
  const anonymous = { client_id: undefined };
  const { token, transactionId } = await putOff('canary-6', anonymous);
  await completeFor('canary-6');
  assert.equal(outcome(await nodes.poll(await nodes.token('canary-6', anonymous), transactionId)), over);
  assert.equal((await nodes.poll(token, transactionId)).status, 200);
});

test(`quality T2, SU9: ${racers} pickups on two nodes at once, ${rounds} rounds: one delivery, one ledger row, the others pending or over`, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { token, transactionId } = await putOff(`racer-${round}`);
    await completeFor(`racer-${round}`);
    const before = await nodes.rowsIn('ledger');
    const answers = await Promise.all(Array.from({ length: racers }, (_, node) => nodes.poll(token, transactionId, { node })));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1, `round ${round}`);
    assert.deepEqual(
      answers.map(outcome).filter((each) => !['200', '202', over].includes(each)),
      [],
    );
    assert.equal((await nodes.rowsIn('ledger')) - before, 1);
    assert.equal(outcome(await nodes.poll(token, transactionId)), over);
  }
});

test('quality T2: two nodes’ workers ask the registry once for each record that is due', async () => {
  const people = Array.from({ length: 30 }, (_, index) => `worked-${index}`);
  await Promise.all(people.map((person) => putOff(person)));
  nodes.asked.clear();
  nodes.clock.advance(60);
  assert.equal(await nodes.complete(), people.length);
  assert.deepEqual(
    people.map((person) => nodes.asked.get(person)),
    people.map(() => 1),
  );
  assert.equal(await nodes.complete(), 0, 'and rest before they ask again');
});

/** Holds the next commit of a node: before it is made, or when it is durable and nobody has heard of it yet. */
function holdCommit(moment: 'committing' | 'committed' = 'committed'): { readonly reached: Promise<unknown>; release(): void } {
  const { promise: reached, resolve: reach } = Promise.withResolvers<void>();
  const { promise: gate, resolve: release } = Promise.withResolvers<void>();
  nodes[moment] = () => {
    nodes[moment] = () => undefined;
    reach();
    return gate;
  };
  return { reached, release };
}

test('quality SU9, design D7: a pickup that stood still until another one was delivered commits nothing', async () => {
  const { token, transactionId } = await putOff('canary-17');
  await completeFor('canary-17');
  const before = await nodes.rowsIn('ledger');
  const still = holdCommit('committing');
  const slow = nodes.poll(token, transactionId);
  await still.reached;
  nodes.clock.advance(61);
  assert.equal((await nodes.poll(token, transactionId, { node: 1 })).status, 200);
  assert.equal(outcome(await nodes.poll(token, transactionId, { node: 1 })), over);
  still.release();
  assert.equal(outcome(await slow), over);
  assert.equal(await nodes.rowsIn('ledger'), before + 1);
});

test('quality T3, design D7: a node that dies between commit and reply loses nothing and doubles nothing: the next try gets what was committed', async () => {
  const { token, transactionId } = await putOff('canary-7');
  await completeFor('canary-7');
  const before = await nodes.rowsIn('ledger');
  const dead = holdCommit();
  const leaving = new AbortController();
  const cut = nodes.poll(token, transactionId, { signal: leaving.signal });
  await dead.reached;
  assert.equal((await nodes.poll(token, transactionId, { node: 1 })).status, 202, 'it may still be on its way');
  nodes.clock.advance(61);
  const issued = await nodes.poll(token, transactionId, { node: 1 });
  assert.equal(issued.status, 200, issued.text);
  assert.equal(await nodes.rowsIn('ledger'), before + 1);
  assert.equal(outcome(await nodes.poll(token, transactionId, { node: 1 })), over);
  leaving.abort();
  dead.release();
  await assert.rejects(cut);
});

test('quality T3: an answer whose line broke is given again, the same and at once', async () => {
  const { token, transactionId } = await putOff('canary-8');
  await completeFor('canary-8');
  const before = await nodes.rowsIn('ledger');
  const slow = holdCommit();
  const leaving = new AbortController();
  const cut = nodes.poll(token, transactionId, { signal: leaving.signal });
  await slow.reached;
  leaving.abort();
  await assert.rejects(cut);
  // In its next turns the server hears that nobody listens any more.
  await rest(200);
  slow.release();
  nodes.people.set('canary-8', { outcome: 'unavailable' });
  let issued = await nodes.poll(token, transactionId);
  for (let look = 0; issued.status === 202 && look < 50; look += 1) issued = await nodes.poll(token, transactionId);
  assert.equal(issued.status, 200, 'although the registry is away');
  assert.equal(await nodes.rowsIn('ledger'), before + 1);
});

test('quality T3: a node that dies after it put a request off: the retry finds the one transaction', async () => {
  nodes.people.set('canary-9', { outcome: 'pending' });
  const before = await nodes.rowsIn('deferral');
  const [token, body] = [await nodes.token('canary-9'), await nodes.bodyFor(holder)];
  const dead = holdCommit();
  const leaving = new AbortController();
  const cut = nodes.request(token, body, { signal: leaving.signal });
  await dead.reached;
  const again = await nodes.request(token, body, { node: 1 });
  assert.equal(again.status, 202);
  assert.equal(await nodes.rowsIn('deferral'), before + 1);
  leaving.abort();
  dead.release();
  await assert.rejects(cut);
  assert.equal((await nodes.poll(token, again.body.transaction_id)).status, 202);
});

test('features D16, quality Q33: in an outage nobody is refused and nobody is lost; before and after the worker the registry may go again', async () => {
  const people = Array.from({ length: 10 }, (_, index) => `outage-${index}`);
  const waiting = await Promise.all(
    people.map(async (person) => {
      nodes.people.set(person, { outcome: 'unavailable' });
      const token = await nodes.token(person);
      const { status, body } = await nodes.request(token, await nodes.bodyFor(holder));
      assert.equal(status, 202);
      return { token, transactionId: body.transaction_id };
    }),
  );
  const pollAll = () => Promise.all(waiting.map(({ token, transactionId }, node) => nodes.poll(token, transactionId, { node })));
  const statuses = async () => [...new Set((await pollAll()).map(({ status }) => status))];
  nodes.clock.advance(60);
  await nodes.complete();
  assert.deepEqual(await statuses(), [202]);
  nodes.clock.advance(60);
  assert.equal(await nodes.complete(), 0, 'the rest has doubled');
  for (const person of people) nodes.people.set(person, known);
  nodes.clock.advance(60);
  assert.equal(await nodes.complete(), people.length);
  for (const person of people) nodes.people.set(person, { outcome: 'unavailable' });
  assert.deepEqual(await statuses(), [202], 'away at the pickup');
  for (const person of people) nodes.people.set(person, known);
  assert.deepEqual(await statuses(), [202], 'which does not ask it at every poll');
  nodes.clock.advance(60);
  await nodes.complete();
  assert.deepEqual(await statuses(), [200]);
});

test('features B28, standards V-50, E-5: what can never be issued is credential_request_denied, at every poll; so is what was waited for too long', async () => {
  const unknown = await putOff('canary-10');
  const lacking = await putOff('canary-11');
  const forgotten = await putOff('canary-12');
  nodes.people.set('canary-10', { outcome: 'unknown' });
  nodes.people.set('canary-11', { outcome: 'known', claims: { town: 'Canary-Town' } });
  nodes.clock.advance(60);
  await nodes.complete();
  for (const { token, transactionId } of [unknown, lacking, unknown])
    assert.equal(outcome(await nodes.poll(token, transactionId)), '400 credential_request_denied');
  nodes.clock.advance(30 * 86_400);
  await nodes.complete();
  const later = await nodes.token('canary-12');
  assert.equal(outcome(await nodes.poll(later, forgotten.transactionId)), '400 credential_request_denied');
  // What the registry says at the pickup is final too.
  const gone = await putOff('canary-13');
  await completeFor('canary-13');
  nodes.people.set('canary-13', { outcome: 'unknown' });
  for (let poll = 0; poll < 2; poll += 1)
    assert.equal(outcome(await nodes.poll(await nodes.token('canary-13'), gone.transactionId)), '400 credential_request_denied');
  const kept = await administer<{ content: string }>(
    nodes.target,
    "select content from chancery_issuer.deferral where state = 'denied' and content <> ''",
  );
  assert.deepEqual(kept, [], 'nothing of the person stays');
  nodes.clock.advance(8 * 86_400);
  assert.equal(outcome(await nodes.poll(await nodes.token('canary-12'), forgotten.transactionId)), over, 'and in the end it is forgotten');
});

test('standards E-5, V-34, V-35: the body is read as strictly as that of a credential request', async () => {
  const { token, transactionId } = await putOff('canary-14');
  const path = '/deferred-credential';
  for (const body of [
    '',
    'x',
    '[]',
    '{}',
    '{"transaction_id":1}',
    '{"transaction_id":null}',
    '{"transaction_id":"a","transaction_id":"b"}',
  ])
    assert.equal(outcome(await nodes.send(path, token, body)), '400 invalid_credential_request', body);
  const plain = JSON.stringify({ transaction_id: transactionId });
  for (const mediaType of ['text/plain', 'application/x-www-form-urlencoded'])
    assert.equal(outcome(await nodes.send(path, token, plain, { mediaType })), '400 invalid_credential_request', mediaType);
  const more = JSON.stringify({ transaction_id: transactionId, later: true });
  assert.equal((await nodes.send(path, token, more, { mediaType: 'application/json; charset=utf-8' })).status, 202);
  for (const odd of ['', 'a'.repeat(5000), '\0', '../x']) assert.equal(outcome(await nodes.poll(token, odd)), over);
});

test('quality Q39: one person’s wallet cannot fill the table', async () => {
  nodes.people.set('canary-15', { outcome: 'pending' });
  const token = await nodes.token('canary-15');
  const before = await nodes.rowsIn('deferral');
  const answers = await Promise.all(
    Array.from({ length: 60 }, async (_, node) => nodes.request(token, await nodes.bodyFor(holder), { node })),
  );
  assert.equal(answers.filter(({ status }) => status === 202).length, 50);
  assert.equal(answers.filter((answer) => outcome(answer) === '400 credential_request_denied').length, 10);
  assert.equal((await nodes.rowsIn('deferral')) - before, 50);
});

test('quality T12, Q8: nothing of a person is in the table or the logs in clear, and no transaction_id', async () => {
  const { transactionId = '' } = await putOff('canary-16');
  const rows = await administer<{ text: string }>(nodes.target, 'select row_to_json(d)::text as text from chancery_issuer.deferral d');
  const audit = await administer<{ text: string }>(nodes.target, 'select event::text as text from chancery_issuer.audit');
  const all = [...rows, ...audit].map(({ text }) => text).join('\n');
  assert.ok(rows.length > 0 && audit.length > 0);
  for (const secret of ['canary', 'Canary', transactionId, Buffer.from('canary').toString('base64url')])
    assert.ok(!all.includes(secret) && !nodes.lines.join('\n').includes(secret), secret);
});
