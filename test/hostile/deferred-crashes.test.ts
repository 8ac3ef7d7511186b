import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type CrashPoint, startCrashingNode, withBatches } from '../support/crashing-node.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const times = process.env.CHANCERY_LONG ? 50 : 1;

let nodes: IssuerNodes;
let holder: TestKey;
before(async () => {
  nodes = await openIssuerNodes(1, withBatches);
  holder = await makeTestKey();
});
after(() => nodes?.close());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: { readonly transaction_id?: string; readonly error?: string; readonly credentials?: readonly unknown[] };
}

/** The answer, or `undefined` when the connection broke before it was whole. */
async function post(address: string, path: string, token: string, body: object): Promise<Answer | undefined> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(`${address}/issuers/civil${path}`, { method: 'POST', body: JSON.stringify(body), headers });
    const text = await answer.text();
    return { status: answer.status, text, body: JSON.parse(text) as Answer['body'] };
  } catch {
    return undefined;
  }
}

const alive = () => nodes.addresses[0] as string;
const known = (name: string) => ({ outcome: 'known', claims: { name, town: 'Town', tongues: ['a'], notes: ['b', 'c'] } }) as const;
const nameOf = ({ verb, when }: CrashPoint) => `${when} ${verb}`;
const count = async (from: string) =>
  (await administer<{ n: number }>(nodes.target, `select count(*)::integer as n from chancery_issuer.${from}`))[0]?.n ?? 0;

async function request(person: string): Promise<{ readonly token: string; readonly body: object }> {
  const body = { credential_configuration_id: 'Card', proofs: { jwt: [nodes.proof(holder, await nodes.nonce())] } };
  return { token: await nodes.token(person), body };
}

async function kill(point: CrashPoint, path: string, token: string, body: object): Promise<Answer | undefined> {
  const node = await startCrashingNode(nodes, point);
  const answer = await post(node.address, path, token, body);
  assert.equal(await node.ended, 'SIGKILL', `${nameOf(point)} was reached`);
  return answer;
}

/** Points that are left to the long run. */
const whenLong = (points: readonly CrashPoint[]) => (process.env.CHANCERY_LONG ? points : []);

const puttingOff: readonly CrashPoint[] = [
  ...whenLong([
    { verb: 'ledger.commit', when: 'before' },
    { verb: 'ledger.commit', when: 'during' },
    { verb: 'log.write', when: 'before', given: 'credential-deferred' },
  ]),
  { verb: 'ledger.commit', when: 'after' },
];

test(`features B28, quality T3: a node killed while it puts a request off: the retry finds one transaction`, async () => {
  const before = await count('deferral');
  for (let round = 0; round < times; round += 1)
    await Promise.all(
      puttingOff.map(async (point, index) => {
        const person = `Waiting ${round}-${index}`;
        nodes.people.set(person, { outcome: 'pending' });
        const { token, body } = await request(person);
        assert.equal(await kill(point, '/credential', token, body), undefined, nameOf(point));
        const again = await post(alive(), '/credential', token, body);
        assert.equal(again?.status, 202, `${nameOf(point)}: ${again?.text}`);
        assert.equal((await post(alive(), '/credential', token, body))?.text, again.text);
        assert.equal((await post(alive(), '/deferred-credential', token, { transaction_id: again.body.transaction_id }))?.status, 202);
      }),
    );
  assert.equal((await count('deferral')) - before, puttingOff.length * times);
});

const pickingUp: readonly CrashPoint[] = [
  ...whenLong([
    { verb: 'registry.claims', when: 'before' },
    { verb: 'signer.sign', when: 'after' },
    { verb: 'log.write', when: 'before', given: 'credential-issued' },
    { verb: 'deferrals.take', when: 'during' },
    { verb: 'deferrals.beginPickup', when: 'after' },
    { verb: 'ledger.commit', when: 'before' },
  ]),
  { verb: 'ledger.commit', when: 'during' },
  { verb: 'ledger.commit', when: 'after' },
  { verb: 'deferrals.take', when: 'before' },
  { verb: 'deferrals.take', when: 'after' },
];

/** A transaction that a worker has found complete. */
async function readyFor(person: string): Promise<string> {
  nodes.people.set(person, { outcome: 'pending' });
  const { token, body } = await request(person);
  const asked = await post(alive(), '/credential', token, body);
  assert.equal(asked?.status, 202, String(asked?.text));
  nodes.people.set(person, known(person));
  await administer(nodes.target, "update chancery_issuer.deferral set state = 'ready' where state = 'waiting'");
  return asked.body.transaction_id ?? '';
}

test(`quality T3, SU9, design D7: a node killed at each of ${pickingUp.length} points of a pickup: one credential reaches its owner, once`, async () => {
  const people = Array.from({ length: times }, (_, round) =>
    pickingUp.map((point, index) => [point, `Ready ${round}-${index}`] as const),
  ).flat();
  const before = await count('ledger');
  const waiting = [];
  for (const [point, person] of people) waiting.push({ point, person, id: await readyFor(person) });
  const cut: (readonly [CrashPoint, string, string, Answer | undefined])[] = [];
  // A few at a time: each is a process.
  while (waiting.length > 0)
    cut.push(
      ...(await Promise.all(
        waiting.splice(0, 4).map(async ({ point, person, id }) => {
          const first = await kill(point, '/deferred-credential', await nodes.token(person), { transaction_id: id });
          return [point, person, id, first] as const;
        }),
      )),
    );
  // What the dead held is free again.
  nodes.clock.advance(120);
  for (const [point, person, id, first] of cut) {
    const left = point.verb === 'deferrals.take';
    assert.equal(first?.status, left ? 200 : undefined, nameOf(point));
    const token = await nodes.token(person);
    const again = await post(alive(), '/deferred-credential', token, { transaction_id: id });
    assert.ok(again);
    // Whoever had the whole answer may find it again or not, as far as the node came; whoever had none finds it.
    if (again.status === 200) assert.equal(again.text, first?.text ?? again.text, `${nameOf(point)}: the same answer`);
    else assert.deepEqual([left, again.body.error], [true, 'invalid_transaction_id'], `${nameOf(point)}: ${again.text}`);
    const third = await post(alive(), '/deferred-credential', token, { transaction_id: id });
    assert.equal(third?.body.error, 'invalid_transaction_id', `${nameOf(point)}: over`);
  }
  assert.equal((await count('ledger')) - before, people.length, 'as many rows as credentials');
  const places = await administer<{ n: number }>(
    nodes.target,
    'select count(*)::integer as n from (select distinct status_list, status_index from chancery_issuer.ledger) as places',
  );
  assert.equal(places[0]?.n, await count('ledger'), 'no status place twice');
});
