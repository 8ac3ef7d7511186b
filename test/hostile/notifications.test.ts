import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const racers = 50;
let nodes: IssuerNodes;
let holder: TestKey;
before(async () => {
  nodes = await openIssuerNodes();
  holder = await makeTestKey();
  for (const id of ['canary-id-1', 'canary-id-2'])
    nodes.people.set(id, { outcome: 'known', claims: { name: id, town: 'Town', tongues: ['a'], notes: [] } });
});
after(() => nodes?.close());

async function issue(token: string): Promise<string> {
  const body = { credential_configuration_id: 'Card', proofs: { jwt: [nodes.proof(holder, await nodes.nonce())] } };
  const answer = await nodes.ask('/issuers/civil/credential', {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  });
  assert.equal(answer.status, 200);
  return ((await answer.json()) as { notification_id: string }).notification_id;
}

async function tell(token: string, body: unknown, { node = 0, issuer = 'civil', type = 'application/json' } = {}) {
  const headers = { 'content-type': type, ...(token ? { authorization: `Bearer ${token}` } : {}) };
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await nodes.ask(`/issuers/${issuer}/notification`, { method: 'POST', body: text, headers }, node);
  const told = await answer.text();
  return { status: answer.status, headers: answer.headers, error: told ? (JSON.parse(told) as { error: string }).error : undefined };
}

const rows = () =>
  administer<{ credential_id: string; event: string }>(nodes.target, 'select credential_id, event from chancery_issuer.ledger_event');

test('features B29, standards V-53, V-54, V-55: a wallet tells, the ledger shows it, and telling again changes nothing', async () => {
  const token = await nodes.token('canary-id-1');
  const id = await issue(token);
  for (const event of ['credential_accepted', 'credential_accepted', 'credential_deleted']) {
    const answer = await tell(token, { notification_id: id, event, event_description: 'ignored', surplus: 1 });
    assert.deepEqual([answer.status, answer.error, answer.headers.get('cache-control')], [204, undefined, 'no-store']);
  }
  const events = (await rows()).map(({ event }) => event).toSorted();
  assert.deepEqual(events, ['credential_accepted', 'credential_deleted']);
  const told = await Promise.all(
    Array.from({ length: racers }, (_, node) => tell(token, { notification_id: id, event: 'credential_failure' }, { node })),
  );
  assert.ok(told.every(({ status }) => status === 204));
  assert.equal((await rows()).length, 3);
});

test('standards V-41, V-53: the retry of a request has the same name; a renewed token of the same person and client may use it', async () => {
  const token = await nodes.token('canary-id-1');
  const proof = nodes.proof(holder, await nodes.nonce());
  const ask = async () => {
    const init = {
      method: 'POST',
      body: JSON.stringify({ credential_configuration_id: 'Card', proofs: { jwt: [proof] } }),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    };
    return (await (await nodes.ask('/issuers/civil/credential', init)).json()) as { notification_id: string };
  };
  const [one, two] = [await ask(), await ask()];
  assert.equal(one.notification_id, two.notification_id);
  const renewed = await nodes.token('canary-id-1');
  assert.equal((await tell(renewed, { notification_id: one.notification_id, event: 'credential_accepted' })).status, 204);
});

test('standards E-6, quality R9, R15: the name of another’s answer, of another issuer, or altered, is nobody’s', async () => {
  const token = await nodes.token('canary-id-1');
  const id = await issue(token);
  const event = 'credential_accepted';
  const before = (await rows()).length;
  const other = await nodes.token('canary-id-2', { sub: 'somebody else' });
  const client = await nodes.token('canary-id-1', { client_id: 'another' });
  const cases: readonly [string, Awaited<ReturnType<typeof tell>>, string][] = [
    ['another person', await tell(other, { notification_id: id, event }), '400 invalid_notification_id'],
    ['another client', await tell(client, { notification_id: id, event }), '400 invalid_notification_id'],
    [
      'another issuer',
      await tell(await nodes.token('canary-id-1', {}, 'academy'), { notification_id: id, event }, { issuer: 'academy' }),
      '400 invalid_notification_id',
    ],
    ['cut short', await tell(token, { notification_id: id.slice(0, -1), event }), '400 invalid_notification_id'],
    ['altered', await tell(token, { notification_id: `A${id.slice(1)}`, event }), '400 invalid_notification_id'],
    ['no text', await tell(token, { notification_id: 7, event }), '400 invalid_notification_id'],
    ['none', await tell(token, { event }), '400 invalid_notification_id'],
    ['an event in capitals', await tell(token, { notification_id: id, event: 'CREDENTIAL_ACCEPTED' }), '400 invalid_notification_request'],
    ['no event', await tell(token, { notification_id: id }), '400 invalid_notification_request'],
    ['no JSON', await tell(token, '{'), '400 invalid_notification_request'],
    ['a list', await tell(token, []), '400 invalid_notification_request'],
    ['a form', await tell(token, 'a=b', { type: 'application/x-www-form-urlencoded' }), '400 invalid_notification_request'],
    ['no token', await tell('', { notification_id: id, event }), '401 invalid_token'],
    ['an expired token', await tell(await nodes.token('canary-id-1', { exp: 1 }), { notification_id: id, event }), '401 invalid_token'],
  ];
  for (const [what, { status, error, headers }, expected] of cases) {
    assert.equal(`${status} ${error}`, expected, what);
    if (status === 401) assert.ok(headers.get('www-authenticate'));
  }
  assert.equal((await rows()).length, before);
});

test('quality T12: what stands in the database of it names nobody', async () => {
  const dump = JSON.stringify(await administer(nodes.target, 'select * from chancery_issuer.ledger_event'));
  assert.ok(!dump.includes('canary'));
});
