import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const batchSize = 5;
const racers = process.env.CHANCERY_LONG ? 400 : 60;
const rounds = process.env.CHANCERY_LONG ? 20 : 5;
const noor = { name: 'Noor', town: 'Orsana', tongues: ['ta', 'ar'], notes: ['one', 'two'] };

let nodes: IssuerNodes;
/** Making keys is slow; a batch takes some of them. */
let holders: readonly TestKey[];
before(async () => {
  nodes = await openIssuerNodes(2, (options) => ({ ...options, config: options.config.map((config) => ({ ...config, batchSize })) }));
  holders = await Promise.all(Array.from({ length: 2 * batchSize }, () => makeTestKey()));
  nodes.people.set('noor', { outcome: 'known', claims: noor });
});
after(() => nodes?.close());

interface Answer {
  readonly status: number;
  readonly text: string;
  readonly error: unknown;
}

async function send(token: string, proofs: readonly string[], node = 0): Promise<Answer> {
  const init = {
    method: 'POST',
    body: JSON.stringify({ credential_configuration_id: 'Card', proofs: { jwt: proofs } }),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
  };
  const answer = await nodes.ask('/issuers/civil/credential', init, node);
  const text = await answer.text();
  return { status: answer.status, text, error: (JSON.parse(text) as { error?: unknown }).error };
}

const proofsOf = (keys: readonly TestKey[], nonce: string) => keys.map((key) => nodes.proof(key, nonce));
/** Five keys of the ten, another five for each turn. */
const keysOf = (turn: number) => Array.from({ length: batchSize }, (_, index) => holders[(turn + index) % holders.length] as TestKey);

const tables = ['issuance', 'ledger', 'ledger_subject', 'audit', 'handle'] as const;
async function counts(): Promise<Record<string, number>> {
  const rows = tables.map(async (table): Promise<[string, number]> => {
    const [row] = await administer<{ n: number }>(nodes.target, `select count(*)::integer as n from chancery_issuer.${table}`);
    return [table, row?.n ?? 0];
  });
  return Object.fromEntries(await Promise.all(rows));
}

/** How many positions of status lists were ever leased: those that are not given back are never seen again. */
async function leased(): Promise<number> {
  const [row] = await administer<{ n: number }>(
    nodes.target,
    'select coalesce(sum(next_position), 0)::integer as n from chancery_issuer.status_list',
  );
  return row?.n ?? 0;
}

interface Read {
  readonly payload: Record<string, unknown> & { readonly cnf: { readonly jwk: { readonly x: string } }; readonly _sd: readonly string[] };
  readonly salts: readonly string[];
  readonly place: string;
}

function read({ text }: Answer): readonly Read[] {
  const { credentials } = JSON.parse(text) as { credentials: { credential: string }[] };
  return credentials.map(({ credential }) => {
    const [jwt = '', ...disclosures] = credential.split('~').filter(Boolean);
    const payload = JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Read['payload'];
    const { idx, uri } = (payload['status'] as { status_list: { idx: number; uri: string } }).status_list;
    const salts = disclosures.map((text) => (JSON.parse(Buffer.from(text, 'base64url').toString()) as [string])[0]);
    return { payload, salts, place: `${uri} ${idx}` };
  });
}

const added = (before: Record<string, number>, now: Record<string, number>) =>
  Object.fromEntries(tables.map((table) => [table, (now[table] ?? 0) - (before[table] ?? 0)]));
const nothing = { issuance: 0, ledger: 0, ledger_subject: 0, audit: 0, handle: 0 };
const oneBatch = { issuance: 1, ledger: batchSize, ledger_subject: batchSize, audit: 1, handle: 1 };

test('features B27, standards V-01, V-40, VX-6, VX-8, X-8: one copy for each key in one commit, unlinkable but for what they say; a retry gets all', async () => {
  const before = await counts();
  const token = await nodes.token('noor');
  const proofs = proofsOf(keysOf(0), await nodes.nonce());
  const answer = await send(token, proofs);
  assert.equal(answer.status, 200, answer.text);
  const copies = read(answer);
  assert.deepEqual(
    copies.map(({ payload }) => payload.cnf.jwk.x),
    keysOf(0).map(({ publicJwk }) => publicJwk.x),
  );
  assert.deepEqual(added(before, await counts()), oneBatch);
  const distinct = (values: readonly unknown[]) => new Set(values).size;
  assert.equal(distinct(copies.map(({ place }) => place)), batchSize, 'a status place each');
  for (const values of [copies.flatMap(({ salts }) => salts), copies.flatMap(({ payload }) => payload._sd)])
    assert.equal(distinct(values), values.length, 'salts and digests of its own');
  assert.equal(distinct(copies.map(({ payload: { iat, exp } }) => `${iat} ${exp}`)), 1, 'the same times');
  assert.equal(Number(copies[0]?.payload['iat']) % 86_400, 0, 'that tell no seconds');
  // Nothing else that differs: a copy is told from another by key, place, salts and digests alone.
  const own = new Set(['cnf', 'status', '_sd', 'address', 'tongues', 'notes']);
  const same = ({ payload }: Read) => Object.entries(payload).filter(([name]) => !own.has(name));
  for (const copy of copies) assert.deepEqual(same(copy), same(copies[0] as Read));
  const again = await send(token, proofs, 1);
  assert.deepEqual([again.status, again.text], [200, answer.text]);
  assert.deepEqual(added(before, await counts()), oneBatch);
});

test('features B27, standards V-64, V-31, H-07: the metadata says how many, and one more is refused before it is looked at', async () => {
  const metadata = (await (await nodes.ask('/.well-known/openid-credential-issuer/issuers/civil')).json()) as Record<string, unknown>;
  assert.deepEqual(metadata['batch_credential_issuance'], { batch_size: batchSize });
  const before = await counts();
  const answer = await send(await nodes.token('noor'), Array(batchSize + 1).fill('not even a proof'));
  assert.deepEqual([answer.status, answer.error], [400, 'invalid_credential_request']);
  assert.deepEqual(added(before, await counts()), nothing);
});

test('features B27, standards X-8: a refused batch writes nothing and spends nothing: the next one takes the same nonce', async () => {
  const before = await counts();
  const token = await nodes.token('noor');
  const nonce = await nodes.nonce();
  const [one, two, three] = proofsOf(keysOf(0), nonce) as [string, string, string];
  const [first] = keysOf(0) as [TestKey];
  const other = nodes.proof(first, await nodes.nonce());
  for (const [proofs, why] of [
    [[one, two, one], 'one key twice'],
    [[two, three, other], 'two nonces'],
    [[one, two, `${three.slice(0, -2)}AA`], 'a wrong signature'],
    [[one, two, nodes.proof(keysOf(2)[0] as TestKey, nonce, 'academy')], 'a proof for another issuer'],
  ] as const)
    assert.deepEqual([(await send(token, proofs)).error, why], ['invalid_proof', why]);
  nodes.people.set('stranger', { outcome: 'unknown' });
  assert.equal((await send(await nodes.token('stranger'), [one, two])).error, 'credential_request_denied');
  // quality Q25: what was refused to somebody who had proven token and key stands in the trail, once for the whole batch.
  assert.deepEqual(added(before, await counts()), { ...nothing, audit: 1 });
  assert.equal(read(await send(token, [one, two, three])).length, 3, 'fewer than the most');
  assert.equal((await send(token, [one, two])).error, 'invalid_nonce', 'the nonce is spent with the batch');
  assert.equal((await send(token, [two])).error, 'invalid_nonce', 'also for one key of it');
});

test(`features B27, standards X-8, quality T2: ${racers} batches on two nodes race for one nonce, ${rounds} rounds: one is issued, and the places of the others go back`, async () => {
  const places: number[] = [];
  const seen: string[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const before = await counts();
    const nonce = await nodes.nonce();
    const tokens = await Promise.all(Array.from({ length: racers }, () => nodes.token('noor')));
    const batches = tokens.map((_, racer) => proofsOf(keysOf(racer), nonce));
    const answers = await Promise.all(tokens.map((token, racer) => send(token, batches[racer] ?? [], racer)));
    const issued = answers.filter(({ status }) => status === 200);
    assert.equal(issued.length, 1, `round ${round}`);
    assert.equal(answers.filter(({ error }) => error === 'invalid_nonce').length, racers - 1);
    assert.deepEqual(added(before, await counts()), { ...oneBatch, audit: racers });
    seen.push(...issued.flatMap(read).map(({ place }) => place));
    places.push(await leased());
  }
  assert.equal(new Set(seen).size, rounds * batchSize, 'no place is given twice');
  // A round takes hundreds of places for a moment. Were they lost, every round would lease as many again.
  const [first = 0] = places;
  assert.ok((places.at(-1) ?? 0) - first < (rounds - 1) * racers * batchSize * 0.5, `${places.join(' ')} leased after each round`);
});
