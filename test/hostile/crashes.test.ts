import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { before, test } from 'node:test';
import { addSeconds } from '../../src/lib/clock.ts';
import { startTestServer } from '../contract/store-server.ts';
import { type CrashPoint, batchSize as copies, startCrashingNode, withBatches } from '../support/crashing-node.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const times = process.env.CHANCERY_LONG ? 50 : 1;

let holders: readonly TestKey[];
before(async () => {
  holders = await Promise.all(Array.from({ length: copies }, () => makeTestKey()));
});

interface Request {
  readonly token: string;
  readonly body: string;
}

async function requestOf(nodes: IssuerNodes, person: string, size = 1): Promise<Request> {
  const nonce = await nodes.nonce();
  const jwt = holders.slice(0, size).map((key) => nodes.proof(key, nonce));
  return { token: await nodes.token(person), body: JSON.stringify({ credential_configuration_id: 'Card', proofs: { jwt } }) };
}

interface Delivered {
  readonly text: string;
  readonly digests: readonly string[];
  readonly subjects: readonly string[];
}

/** The answer, or `undefined` when the connection broke before it was whole. */
async function ask(
  address: string,
  { token, body }: Request,
): Promise<{ status: number; text: string; retryAfter: string | null } | undefined> {
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  try {
    const answer = await fetch(`${address}/issuers/civil/credential`, { method: 'POST', body, headers });
    return { status: answer.status, text: await answer.text(), retryAfter: answer.headers.get('retry-after') };
  } catch {
    return undefined;
  }
}

function read(text: string): Delivered {
  const { credentials } = JSON.parse(text) as { credentials: { credential: string }[] };
  const disclosed = credentials.map(({ credential }) =>
    credential
      .split('~')
      .slice(1, -1)
      .map((part) => Buffer.from(part, 'base64url').toString()),
  );
  return {
    text,
    digests: credentials.map(({ credential }) => createHash('sha256').update(credential).digest('hex')),
    subjects: disclosed.map(
      (parts) => parts.map((part) => JSON.parse(part) as unknown[]).find(([, name]) => name === 'name')?.[2] as string,
    ),
  };
}

interface Row {
  readonly digest: string;
  readonly list: string;
  readonly index: number;
}

const rowsOf = (nodes: IssuerNodes) =>
  administer<Row>(
    nodes.target,
    `select encode(digest, 'hex') as digest, status_list as list, status_index as index from chancery_issuer.ledger order by 1`,
  );

/** What was delivered is what the ledger holds: nothing lost, nothing doubled, no status place given twice, nobody's data in another's. */
async function compare(nodes: IssuerNodes, delivered: readonly (Delivered & { readonly person: string })[], surplus = 0): Promise<void> {
  const rows = await rowsOf(nodes);
  const digests = delivered.flatMap((one) => one.digests);
  assert.equal(new Set(digests).size, digests.length, 'no credential twice');
  assert.equal(rows.length, digests.length + surplus, 'as many rows as credentials');
  const known = new Set(rows.map(({ digest }) => digest));
  assert.ok(
    digests.every((digest) => known.has(digest)),
    'nothing was delivered that was not committed',
  );
  assert.equal(new Set(rows.map(({ list, index }) => `${list}/${index}`)).size, rows.length, 'no status place twice');
  for (const { person, subjects } of delivered) assert.ok(subjects.every((subject) => subject === person));
}

/** Runs of status places that nobody could ever lease again although they are not used up. */
const leakedRuns = (nodes: IssuerNodes) =>
  administer<{ name: string; start: number }>(
    nodes.target,
    `select lists.name, run.start from chancery_issuer.status_list lists
       cross join lateral generate_series(0, lists.next_position - 1, 256) as run (start)
       where not exists (select 1 from chancery_issuer.status_lease lease where lease.list = lists.name and lease.start = run.start)`,
  );

const known = (name: string) => ({ outcome: 'known', claims: { name, town: 'Town', tongues: ['a'], notes: ['b', 'c'] } }) as const;

const issuing: readonly CrashPoint[] = [
  { verb: 'registry.claims', when: 'before' },
  { verb: 'registry.claims', when: 'after' },
  { verb: 'statusLists.lease', when: 'during' },
  { verb: 'statusLists.lease', when: 'after' },
  { verb: 'signer.sign', when: 'before' },
  { verb: 'signer.sign', when: 'during' },
  { verb: 'signer.sign', when: 'after' },
  { verb: 'ledger.commit', when: 'before' },
  { verb: 'ledger.commit', when: 'during' },
  { verb: 'ledger.commit', when: 'after' },
  { verb: 'log.write', when: 'before', given: 'credential-issued' },
];
const batches: readonly CrashPoint[] = [
  { verb: 'signer.sign', when: 'after', call: 2 },
  { verb: 'ledger.commit', when: 'before' },
  { verb: 'ledger.commit', when: 'during' },
  { verb: 'ledger.commit', when: 'after' },
];
const nameOf = ({ verb, when, call }: CrashPoint) => `${when} ${verb}${call ? ` (${call})` : ''}`;

/** A node that dies at the point while it answers; whoever asked asks again, the same, at a node that lives. */
async function crash(nodes: IssuerNodes, point: CrashPoint, person: string, size: number): Promise<Delivered & { person: string }> {
  nodes.people.set(person, known(person));
  const node = await startCrashingNode(nodes, point);
  const request = await requestOf(nodes, person, size);
  const first = await ask(node.address, request);
  node.child.kill('SIGTERM');
  assert.equal(await node.ended, 'SIGKILL', `${nameOf(point)} was reached`);
  assert.equal(first, undefined, `${nameOf(point)}: nothing was answered`);
  const again = await ask(nodes.addresses[0] as string, request);
  assert.equal(again?.status, 200, `${nameOf(point)}: ${again?.text}`);
  const third = await ask(nodes.addresses[0] as string, request);
  assert.equal(third?.text, again.text, `${nameOf(point)}: one reply for all`);
  return { ...read(again.text), person };
}

for (const [what, points, size] of [
  ['one credential', issuing, 1],
  ['a batch', batches, copies],
] as const)
  test(`features A22, quality T3, Q6, Q7: a node killed at each of ${points.length} points of issuing ${what}: the retry gets all of it once`, async (t) => {
    const nodes = await openIssuerNodes(1, withBatches);
    t.after(() => nodes.close());
    const delivered: (Delivered & { person: string })[] = [];
    for (let round = 0; round < times; round += 1) {
      const people = points.map((point, index) => [point, `Person ${round}-${index}`] as const);
      delivered.push(...(await Promise.all(people.map(([point, person]) => crash(nodes, point, person, size)))));
    }
    await compare(nodes, delivered);
    assert.deepEqual(await leakedRuns(nodes), []);
    const lists = nodes.databases[0]?.statusLists;
    const issuer = nodes.config[0]?.identifier ?? '';
    const now = addSeconds(nodes.clock.now(), 61);
    nodes.clock.advance(61);
    const lease = await lists?.lease({ issuer, owner: 'heir', length: 256, until: addSeconds(now, 60) });
    assert.equal(lease?.takenOver, true, 'within a minute the places of the dead are for others');
  });

const errands: readonly (CrashPoint & { readonly errand: 'revoke' | 'rotate' })[] = [
  { verb: 'statusLists.set', when: 'before', errand: 'revoke' },
  { verb: 'statusLists.set', when: 'during', errand: 'revoke' },
  { verb: 'statusLists.set', when: 'after', errand: 'revoke' },
  { verb: 'keys.rotate', when: 'before', errand: 'rotate' },
  { verb: 'keys.rotate', when: 'during', errand: 'rotate' },
  { verb: 'keys.rotate', when: 'after', errand: 'rotate' },
];

test('quality T3, R81: a node killed while it revokes a batch has revoked all copies or none, and killed while it rotates has left a key that signs', async (t) => {
  const nodes = await openIssuerNodes(1, withBatches);
  t.after(() => nodes.close());
  nodes.people.set('noor', known('noor'));
  const changes = () => administer<{ n: number }>(nodes.target, 'select count(*)::integer as n from chancery_issuer.status_change');
  let revoked = 0;
  for (let round = 0; round < times; round += 1)
    for (const [{ errand, ...point }, node] of await Promise.all(
      errands.map(async (one) => [one, await startCrashingNode(nodes, one)] as const),
    )) {
      const request = await requestOf(nodes, 'noor', copies);
      const answer = await ask(nodes.addresses[0] as string, request);
      const { digests } = read(answer?.text ?? '');
      const ids = await administer<{ id: string }>(
        nodes.target,
        `select credential_id as id from chancery_issuer.ledger where encode(digest, 'hex') = any($1)`,
        [digests],
      );
      node.child.send(errand === 'revoke' ? { revoke: ids.map(({ id }) => id) } : { rotate: 'credential:civil' });
      assert.equal(await node.ended, 'SIGKILL', nameOf(point));
      const now = (await changes())[0]?.n ?? 0;
      assert.ok(now === revoked || now === revoked + copies, `${nameOf(point)}: ${now - revoked} of ${copies} copies`);
      if (point.when !== 'during') assert.equal(now - revoked, errand === 'revoke' && point.when === 'after' ? copies : 0, nameOf(point));
      revoked = now;
      const next = await ask(nodes.addresses[0] as string, await requestOf(nodes, 'noor'));
      assert.equal(next?.status, 200, `${nameOf(point)}: ${next?.text}`);
    }
});

test('features A22, quality T4: the database killed twice under load: nothing lost, doubled or swapped, and only 503 with Retry-After meanwhile', async (t) => {
  // Commits are waited for here: what the server has acknowledged must be there after it was killed.
  const settings = { fsync: 'off', max_connections: '100' };
  const cluster = await startTestServer({ settings });
  const nodes = await openIssuerNodes(2, withBatches, cluster.server.connection);
  let restarted = cluster.server;
  t.after(async () => {
    await nodes.close();
    await restarted.stop();
    await cluster.remove();
  });
  const kills = process.env.CHANCERY_LONG ? 20 : 2;
  const callers = 8;
  const each = kills * 15;
  const refusals: string[] = [];
  let answered = 0;
  async function call(caller: number): Promise<(Delivered & { person: string })[]> {
    const mine: (Delivered & { person: string })[] = [];
    for (let turn = 0; turn < each; turn += 1) {
      const person = `Caller ${caller}-${turn}`;
      nodes.people.set(person, known(person));
      const request = await requestOf(nodes, person);
      for (let attempt = 0; attempt < 400; attempt += 1) {
        const answer = await ask(nodes.addresses[(caller + attempt) % 2] as string, request);
        if (answer?.status === 200) {
          mine.push({ ...read(answer.text), person });
          break;
        }
        refusals.push(`${answer?.status} ${answer?.retryAfter === null ? 'without' : 'with'} Retry-After`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      answered += 1;
    }
    return mine;
  }
  async function killDatabase(): Promise<void> {
    for (let kill = 1; kill <= kills; kill += 1) {
      while (answered < (kill * callers * each) / (kills + 1)) await new Promise((resolve) => setTimeout(resolve, 5));
      restarted = await cluster.killAndRestart({ settings });
    }
  }
  const [delivered] = await Promise.all([Promise.all(Array.from({ length: callers }, (_, caller) => call(caller))), killDatabase()]);
  assert.equal(delivered.flat().length, callers * each, 'everybody was answered in the end');
  await compare(nodes, delivered.flat());
  assert.ok(refusals.length > 0, 'the kills were noticed');
  assert.deepEqual(new Set(refusals), new Set(['503 with Retry-After']));
});
