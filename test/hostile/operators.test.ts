import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { KeyStore, Signer } from '../../src/keys/keys.ts';
import { type Clock, movableClock } from '../../src/lib/clock.ts';
import { createEgress } from '../../src/lib/egress.ts';
import { createLog, silentLog } from '../../src/lib/log.ts';
import { jwkThumbprint } from '../../src/oauth/thumbprint.ts';
import { type OperatorRole, operation } from '../../src/operation.ts';
import { checkExport } from '../../src/operators/audit-export.ts';
import { createOperatorServer, openOperatorProofs } from '../../src/operators/operators.ts';
import { allChains, emptyChain, sealHead } from '../../src/store/audit-chain.ts';
import { placeOfChain } from '../../src/store/postgres/bucket.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer, createTestDatabase } from '../support/database.ts';

const clock: Clock & { advance(seconds: number): void } = movableClock(new Date('2026-03-01T12:00:00Z'));
const racers = 40;
const secret = new Uint8Array(32).fill(7);
let target: ConnectionTarget;
let drop: () => Promise<void>;
let database: ServiceDatabase;
let folder: string;
let signer: Signer;
const said: string[] = [];
const logged: string[] = [];
let nodes: readonly [FastifyInstance, FastifyInstance];
/** How often the route that must not be done twice was. */
let done = 0;
let slow: Promise<void> | undefined;

function mountCounted(server: FastifyInstance): void {
  const answers = { 200: undefined };
  server.post('/counted', operation({ summary: 'Count', roles: ['support'], answers }), async (request) => {
    done += 1;
    await slow;
    if ((request.body as { fail?: boolean } | null)?.fail) throw new Error('on purpose');
    return { done };
  });
}

/** A node as production has it: no key in a file. */
async function openNode(): Promise<FastifyInstance> {
  const { operators, keptAnswers, audit } = database;
  const config = { mode: 'production', dataFolder: folder, operatorPort: 8090, operators: {} } as const;
  const settings = { config, egress: createEgress({ trustedOrigins: [] }), say: (sentence: string) => said.push(sentence) };
  return createOperatorServer({
    log: createLog({ level: 'debug', line: (line) => logged.push(line), now: () => clock.now() }),
    clock,
    keys: { secret: async () => secret, signer: async () => signer, published: async () => [signer.publicJwk] } as unknown as KeyStore,
    checks: [],
    purposes: [],
    statements: () => ({}),
    described: () => ({ publicRoutes: [], interfaces: [] }),
    operators,
    keptAnswers,
    audit,
    trails: [{ service: 'operators', audit }],
    proofs: await openOperatorProofs({ operators, clock }, settings),
    mounts: [mountCounted],
  });
}

before(async () => {
  ({ target, drop } = await createTestDatabase());
  database = await openService(target, 'operators', { clock, log: silentLog, auditSecret: secret });
  folder = await mkdtemp(join(tmpdir(), 'chancery-operators-'));
  signer = await (await createFileKeyStore({ folder: join(folder, 'keys'), keyEncryptionKey: secret, clock, issuers: {} })).signer('audit');
});
beforeEach(async () => {
  const tables = ['operator', 'operator_invitation', 'kept_answer'].map((table) => `chancery_operators.${table}`);
  await administer(target, `truncate ${tables.join(', ')}`);
  said.length = 0;
  logged.length = 0;
  done = 0;
  nodes = [await openNode(), await openNode()];
});
after(async () => {
  for (const node of nodes ?? []) await node.close();
  await database?.close();
  await drop?.();
  await rm(folder, { recursive: true, force: true });
});

interface Asking {
  readonly node?: FastifyInstance;
  readonly key?: string;
  readonly body?: object;
  readonly idempotencyKey?: string;
}

async function ask(path: string, { node = nodes[0], key, body, idempotencyKey }: Asking = {}) {
  const headers = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
  const answer = await node.inject({ method: body ? 'POST' : 'GET', url: path, headers, ...(body ? { payload: body } : {}) });
  const json = /json(;|$)/.test(String(answer.headers['content-type'])) ? (answer.json() as Record<string, string>) : {};
  return { status: answer.statusCode, json, text: answer.body, headers: answer.headers };
}

const invitationOf = (sentence = '') => new URL(/http:\S+/.exec(sentence)?.[0] ?? '').searchParams.get('invitation') ?? '';

async function firstKey(): Promise<string> {
  const { json } = await ask('/operators/first', { body: { invitation: invitationOf(said.at(-1)), name: 'Amina' } });
  return json.key ?? '';
}

async function keyOf(owner: string, roles: readonly OperatorRole[]): Promise<string> {
  return (await ask('/operators', { key: owner, body: { name: roles.join(' and '), roles } })).json.key ?? '';
}

test('quality SU12: the link printed at the start makes one first operator, whoever asks however often, and is dead then', async () => {
  assert.match(said[0] ?? '', /Open this link/);
  const invitation = invitationOf(said[1]);
  assert.equal(
    (await ask('/operators/first', { body: { invitation: invitationOf(said[0]), name: 'Early' } })).status,
    410,
    'a later start ends it',
  );
  const page = await ask(`/operators/first?invitation=${invitation}`);
  assert.deepEqual([page.status, page.text.includes(invitation)], [200, true], 'looking spends nothing');
  const tries = await Promise.all(
    Array.from({ length: racers }, (_, index) =>
      ask('/operators/first', { node: nodes[index % 2 ? 1 : 0], body: { invitation, name: `Amina ${index}` } }),
    ),
  );
  assert.deepEqual([...new Set(tries.map(({ status }) => status))].toSorted(), [201, 410]);
  const won = tries.filter(({ status }) => status === 201);
  assert.equal(won.length, 1);
  const key = won[0]?.json.key ?? '';
  assert.equal((await ask('/health', { key })).status, 200);
  assert.equal((await ask('/operators/first', { body: { invitation, name: 'Late' } })).status, 410);
  said.length = 0;
  await openNode();
  assert.deepEqual(said, [], 'where an owner is, nobody is invited');
});

test('quality SU12: the link dies after fifteen minutes, and a new start brings a new one', async () => {
  clock.advance(15 * 60);
  assert.equal((await ask('/operators/first', { body: { invitation: invitationOf(said[1]), name: 'Late' } })).status, 410);
  await openNode();
  const form = new URLSearchParams({ invitation: invitationOf(said[2]), name: 'Amina <b>' }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded' };
  const page = await nodes[0].inject({ method: 'POST', url: '/operators/first', payload: form, headers });
  const [key = ''] = /chancery-operator\.[\w.-]+/.exec(page.body) ?? [];
  assert.deepEqual([page.statusCode, (await ask('/operators/current', { key })).json.name], [201, 'Amina <b>']);
});

test('features G01: an owner makes a key that is shown once, stored as a hash, good for its roles until it ends or is removed', async () => {
  const owner = await firstKey();
  const made = await ask('/operators', { key: owner, body: { name: 'Noor', roles: ['issuing-clerk', 'support'], expires_in_days: 2 } });
  assert.deepEqual([made.status, made.headers['cache-control']], [201, 'no-store']);
  const { id = '', key = '' } = made.json;
  assert.deepEqual((await ask('/operators/current', { key })).json, { id, name: 'Noor', roles: ['issuing-clerk', 'support'] });
  assert.equal((await ask('/health', { key })).status, 200);
  const refused = await ask('/operators', { key, body: { name: 'Friend', roles: ['owner'] } });
  assert.deepEqual([refused.status, refused.headers['www-authenticate']?.includes('insufficient_scope')], [403, true]);
  const list = await ask('/operators', { key: owner });
  assert.ok(!list.text.includes(key) && !list.text.includes('hash'));
  const [{ rows } = { rows: '' }] = await administer<{ rows: string }>(
    target,
    'select json_agg(o)::text as rows from chancery_operators.operator o',
  );
  const secret = key.split('.')[2] ?? '';
  assert.ok(rows.includes(id) && !rows.includes(secret) && !rows.includes(Buffer.from(key).toString('hex')));
  for (const wrong of [key.slice(0, -1), `${key}x`, `chancery-operator.${id}.${'A'.repeat(43)}`, secret])
    assert.equal((await ask('/health', { key: wrong })).status, 401, wrong);
  assert.equal((await ask(`/operators/${id}/remove`, { key: owner, body: {} })).status, 200);
  assert.equal((await ask('/health', { key, node: nodes[1] })).status, 401, 'on every node at once');
  assert.equal((await ask(`/operators/${id}/remove`, { key: owner, body: {} })).status, 409);
  assert.equal((await ask('/operators/nobody/remove', { key: owner, body: {} })).status, 404);
  const short = await keyOf(owner, ['support']);
  clock.advance(90 * 86_400);
  assert.equal((await ask('/health', { key: short })).status, 401, 'every key runs out');
  assert.ok(!logged.join().includes(secret) && !logged.join().includes(invitationOf(said[1])), 'no key stands in the log');
});

test('quality R14: nobody gives themselves more: unknown roles, members and lifetimes are refused', async () => {
  const owner = await firstKey();
  const body = { name: 'Noor', roles: ['support'] };
  for (const more of [
    { id: 'chosen' },
    { created_by: 'me' },
    { key: 'mine' },
    { roles: ['root'] },
    { roles: [] },
    { roles: ['support', 'support'] },
    { expires_in_days: 4000 },
    { name: '' },
    { name: 'a\nb' },
  ])
    assert.equal((await ask('/operators', { key: owner, body: { ...body, ...more } })).status, 400, JSON.stringify(more));
});

test('quality Q16: a key left in a file still opens in production, and a file without one starts nothing', async (t) => {
  const file = join(folder, 'operator-key');
  t.after(() => rm(file, { force: true }));
  const key = 'k'.repeat(43);
  await writeFile(file, `${key}\n`);
  said.length = 0;
  const node = await openNode();
  assert.deepEqual([(await ask('/operators', { node, key })).status, said], [200, []]);
  await writeFile(file, 'short\n');
  await assert.rejects(openNode(), /holds no operator key/);
});

test('features H09: under one Idempotency-Key a request is done once, by many at once and later, and its answer comes again', async () => {
  const owner = await firstKey();
  const order = { key: owner, body: { name: 'Noor', roles: ['support'] }, idempotencyKey: '"order-1"' };
  const tries = await Promise.all(
    Array.from({ length: racers }, (_, index) => ask('/operators', { ...order, node: nodes[index % 2 ? 1 : 0] })),
  );
  assert.ok(tries.every(({ status }) => status === 201 || status === 409));
  const again = await ask('/operators', order);
  assert.deepEqual([again.status, again.headers['idempotency-replayed']], [201, 'true']);
  const keys = new Set([...tries, again].filter(({ status }) => status === 201).map(({ json }) => json.key));
  assert.equal(keys.size, 1);
  const listed = await ask('/operators', { key: owner });
  assert.equal((JSON.parse(listed.text) as { operators: unknown[] }).operators.length, 2);
  assert.equal((await ask('/operators', { ...order, body: { name: 'Other', roles: ['support'] } })).status, 422);
  assert.equal((await ask('/counted', { ...order })).status, 422, 'nor at another address');
  const [{ answer } = { answer: '' }] = await administer<{ answer: string }>(target, 'select answer from chancery_operators.kept_answer');
  assert.ok(answer && !answer.includes([...keys][0] ?? ''), 'what is kept is sealed');
  clock.advance(86_400);
  const nextDay = await ask('/operators', order);
  assert.ok(nextDay.status === 201 && nextDay.json.key !== again.json.key);
});

test('features H09: each operator has keys of their own, and a header that is no key is refused', async () => {
  const owner = await firstKey();
  const support = await keyOf(owner, ['support']);
  for (const key of [owner, support])
    assert.equal((await ask('/counted', { key, body: {}, idempotencyKey: 'same' })).json.done !== undefined, true);
  assert.equal(done, 2);
  for (const idempotencyKey of ['', '""', 'two words', '"open', 'x'.repeat(256), '"\u00e9"'])
    assert.equal((await ask('/counted', { key: owner, body: {}, idempotencyKey })).status, 400, idempotencyKey);
  assert.equal(done, 2);
});

test('features H09: what failed is not kept; who died in the middle is followed by another, and makes nothing twice', async () => {
  const owner = await firstKey();
  const failing = { key: owner, body: { fail: true }, idempotencyKey: 'failing' };
  assert.deepEqual([(await ask('/counted', failing)).status, (await ask('/counted', failing)).status, done], [500, 500, 2]);
  // A node that dies between the work and the kept answer: the row says "running", and nobody is there.
  const { keep } = database.keptAnswers;
  const order = { key: owner, body: { name: 'Noor', roles: ['support'] }, idempotencyKey: 'crash' };
  Object.assign(database.keptAnswers, { keep: () => new Promise(() => {}) });
  void ask('/operators', order);
  const operatorCount = async () =>
    Number((await administer<{ n: string }>(target, 'select count(*) as n from chancery_operators.operator'))[0]?.n);
  while ((await operatorCount()) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  Object.assign(database.keptAnswers, { keep });
  const waiting = await ask('/operators', order);
  assert.deepEqual([waiting.status, Number(waiting.headers['retry-after']) > 0], [409, true]);
  clock.advance(61);
  const heir = await ask('/operators', { ...order, node: nodes[1] });
  assert.equal(heir.status, 201);
  assert.equal(await operatorCount(), 2, 'the operator of the dead try is the one of the next');
  assert.equal((await ask('/health', { key: heir.json.key ?? '' })).status, 200);
});

test('features H09: an answer that another try gave meanwhile is the only one', async () => {
  const owner = await firstKey();
  const order = { key: owner, body: {}, idempotencyKey: 'slow' };
  let release = () => {};
  slow = new Promise((resolve) => {
    release = resolve;
  });
  const first = ask('/counted', order);
  while (done === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  clock.advance(61);
  slow = undefined;
  const second = await ask('/counted', order);
  release();
  assert.deepEqual([second.status, (await first).status], [200, 409]);
  assert.equal((await ask('/counted', order)).text, second.text);
});

const events = async () =>
  (await administer<{ event: Record<string, string> }>(target, 'select event from chancery_operators.audit order by chain, number')).map(
    ({ event }) => event,
  );

test('quality Q25, R53, features G12: each act of an operator names who, what, from where and with which result; none is done unrecorded', async () => {
  const owner = await firstKey();
  const clerk = await keyOf(owner, ['support']);
  await administer(
    target,
    'truncate chancery_operators.audit; update chancery_operators.audit_chain set length = 0, hash = decode(repeat($$00$$, 32), $$hex$$)',
  );
  const answer = await ask('/counted', { key: clerk, body: {} });
  const [begun, answered, ...others] = await events();
  assert.deepEqual(others, []);
  const { id } = (await ask('/operators/current', { key: clerk })).json;
  const request = answer.headers['x-request-id'];
  assert.deepEqual({ ...begun, from: '' }, { actor: id, action: 'POST /counted', from: '', outcome: 'begun', request });
  assert.deepEqual(answered, { ...begun, outcome: 'answered 200' });
  assert.match(begun?.from ?? '', /^[\w-]{22}$/);
  await ask('/counted', { key: clerk, body: { fail: true } });
  assert.equal((await events()).at(-1)?.outcome, 'answered 500');
  await administer(target, 'alter table chancery_operators.audit add constraint full_disk check (at is null) not valid');
  const before = done;
  assert.equal((await ask('/counted', { key: clerk, body: {} })).status, 500);
  assert.equal(done, before);
  await administer(target, 'alter table chancery_operators.audit drop constraint full_disk');
  assert.equal((await ask('/counted', { key: clerk, body: {} })).status, 200);
});

test('features G12, quality T16: an auditor checks the trail, keeps a checkpoint, and takes the trail along', async () => {
  const owner = await firstKey();
  const auditor = await keyOf(owner, ['auditor']);
  await ask('/counted', { key: await keyOf(owner, ['support']), body: {} });
  const verify = (body: object, key = auditor) => ask('/audit/verify', { key, body });
  assert.equal((await verify({ service: 'operators' }, await keyOf(owner, ['support', 'owner']))).status, 403);
  assert.equal((await verify({ service: 'nobody' })).status, 400);
  // What earlier tests tore out is put right, so that this trail is a sound one.
  await administer(target, 'truncate chancery_operators.audit, chancery_operators.audit_chain');
  for (const chain of allChains) {
    const head = { chain, length: 0, hash: emptyChain };
    const values = [placeOfChain(chain), chain, emptyChain, sealHead(secret, 'operators', head)];
    await administer(target, 'insert into chancery_operators.audit_chain values ($1, $2, 0, $3, $4)', values);
  }
  await ask('/counted', { key: owner, body: {} });
  const first = (await verify({ service: 'operators' })).json as unknown as {
    sound: boolean;
    entries: number;
    faults: unknown[];
    checkpoint: string;
  };
  assert.deepEqual([first.sound, first.faults, first.entries > 0], [true, [], true]);
  const exported = (await ask('/audit/export?service=operators', { key: auditor })).text.trim().split('\n');
  const report = await checkExport(exported);
  assert.deepEqual([report.faults, report.entries >= first.entries, report.signedBy], [[], true, jwkThumbprint(signer.publicJwk)]);
  assert.equal((await verify({ service: 'operators', checkpoint: first.checkpoint })).json.sound, true);
  assert.equal((await verify({ service: 'operators', checkpoint: first.checkpoint.slice(0, -3) })).status, 400);
  await administer(target, `update chancery_operators.audit set event = '{"actor":"nobody"}' where number = 1`);
  const harmed = (await verify({ service: 'operators' })).json as unknown as typeof first;
  assert.deepEqual([harmed.sound, harmed.checkpoint], [false, undefined]);
  assert.ok(harmed.faults.length >= 1);
});
