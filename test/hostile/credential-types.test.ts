import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import type { OperatorRole } from '../../src/operation.ts';
import type { Registry } from '../../src/registry/registry.ts';
import { administer } from '../support/database.ts';
import { cardType, type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { type Desk, openDesk } from '../support/operators-desk.ts';
import { paperSlip } from '../support/toy-format/paper-slip.ts';
import { readSlip } from '../support/toy-format/read-slip.ts';

const base = '/issuers/civil/credential-types';
const others = ['owner', 'support', 'issuing-clerk', 'revocation-officer'] as const;

let nodes: IssuerNodes;
let desks: readonly Desk[];
let holder: TestKey;
/** Keys asked for and types published, in their order. */
const steps: string[] = [];
/** Where a test may hold up whoever asks the registry. */
let gate = async () => {};
before(async () => {
  let opened = 0;
  nodes = await openIssuerNodes(2, (options) => {
    opened += 1;
    const { types } = options;
    const { people } = options.registries as { people: Registry };
    const publish = types.publish.bind(types);
    types.publish = async (...order) => {
      steps.push(`publish ${order[0].id}`);
      return publish(...order);
    };
    const signer = options.keys.signer.bind(options.keys);
    options.keys.signer = ((...asked: Parameters<typeof signer>) => {
      steps.push(`key ${asked[0]}`);
      return signer(...asked);
    }) as typeof signer;
    const claims: Registry['claims'] = async (...question) => {
      await gate();
      return people.claims(...question);
    };
    return { ...options, formats: opened === 1 ? [sdJwtVc, paperSlip] : [sdJwtVc], registries: { people: { ...people, claims } } };
  });
  desks = nodes.issuers.map((issuer) => openDesk(issuer, ['type-designer']));
  holder = await makeTestKey();
  nodes.people.set('1', { outcome: 'known', claims: { name: 'Noor', town: 'Town', tongues: ['a'], notes: ['b', 'c'] } });
});
after(() => nodes?.close());

const desk = (node = 0) => desks[node % 2] as Desk;
const { state: _state, ...card } = cardType;
const designOf = (id: string, more: object = {}) => ({
  ...card,
  id,
  version: 1,
  scope: id.toLowerCase(),
  profile: { vct: id.toLowerCase() },
  ...more,
});
const save = (id: string, document: object = designOf(id), version = 1, node = 0) =>
  desk(node)('PUT', `${base}/${id}/${version}`, { payload: document, headers: { 'if-none-match': '*' } });
const act = (what: string, of: string, etag = '', node = 0) =>
  desk(node)('POST', `${base}/${of}/${what}`, { headers: etag ? { 'if-match': etag } : {} });
async function publish(id: string, document: object = designOf(id), version = 1, node = 0) {
  const saved = await save(id, document, version, node);
  assert.deepEqual([saved.status, saved.body.faults], [201, []], JSON.stringify(saved.body));
  const published = await act('publish', `${id}/${version}`, saved.etag, node);
  assert.equal(published.status, 200, JSON.stringify(published.body));
  return published;
}

const metadataPath = '/.well-known/openid-credential-issuer/issuers/civil';
async function offeredAt(node: number): Promise<Record<string, JsonObject>> {
  const metadata = (await (await nodes.ask(metadataPath, undefined, node)).json()) as JsonObject;
  return metadata.credential_configurations_supported as Record<string, JsonObject>;
}

/** Waits for what must come by itself; how long it may take is said by the interval of the nodes, not by a test. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let round = 0; !(await holds()); round += 1) {
    assert.ok(round < 200, 'it never came');
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
const visible = (id: string, node: number, wanted = true) => eventually(async () => Object.hasOwn(await offeredAt(node), id) === wanted);

async function ask(id: string, node = 0, scope = id.toLowerCase()) {
  const [token, nonce] = [await nodes.token('1', { scope }), await nodes.nonce()];
  const body = JSON.stringify({ credential_configuration_id: id, proofs: { jwt: [nodes.proof(holder, nonce)] } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await nodes.ask('/issuers/civil/credential', { method: 'POST', body, headers }, node);
  const reply = (await answer.json()) as { readonly error?: string; readonly credentials?: readonly { readonly credential: string }[] };
  return { error: reply.error, jwt: reply.credentials?.[0]?.credential.split('~')[0] ?? '' };
}

test('features B10, quality R27: without a key 401, with another role 403, at every route of the designers', async () => {
  const one = `${base}/Card/2`;
  const routes = [
    ['GET', base],
    ['POST', `${base}/check`],
    ['GET', one],
    ['PUT', one],
    ['DELETE', one],
    ...['publish', 'retire', 'restore'].map((what) => ['POST', `${one}/${what}`]),
  ] as const;
  for (const [method, path] of routes) {
    const status = async (roles: readonly OperatorRole[]) =>
      (await desk()(method as 'GET', path ?? '', { roles, ...(method === 'PUT' ? { payload: {} } : {}) })).status;
    assert.deepEqual([await status([]), await status(others)], [401, 403], `${method} ${path}`);
    if (method !== 'GET') assert.equal(await status(['auditor']), 403, `${method} ${path}`);
  }
  assert.equal((await desk()('GET', base, { roles: ['auditor'] })).status, 200);
});

test('features B10: the files of the configuration are there as their state says; the list is filtered', async () => {
  const list = async (query = '') =>
    ((await desk()('GET', base + query)).body.types as { id: string; version: number; state: string }[]).map(
      ({ id, version, state }) => `${id} ${version} ${state}`,
    );
  assert.deepEqual(await list(), ['Card 2 published', 'Next 3 draft', 'OldCard 1 retired']);
  assert.deepEqual(await list('?state=published'), ['Card 2 published']);
  assert.deepEqual(await list('?id=Next&format=dc%2Bsd-jwt'), ['Next 3 draft']);
  assert.deepEqual(await list('?after=Card%2F2'), ['Next 3 draft', 'OldCard 1 retired']);
  for (const query of ['?state=lost', '?after=nonsense']) assert.equal((await desk()('GET', base + query)).status, 400);
  assert.equal((await desk()('GET', '/issuers/nobody/credential-types')).status, 404);
});

test('features B10, quality Q18, R29, standards V-65, VX-1: an inconsistent type is not published; every fault has its place', async () => {
  const twoLocales = [card.display[0], card.display[0]];
  const shapeless = { ...designOf('Faulty'), validityDay: 3, validityDays: 0, scope: 'two words' };
  const pointers = async (document: object) =>
    ((await desk()('POST', `${base}/check`, { payload: document })).body.faults as { pointer: string; reason: string }[]).map(
      ({ pointer, reason }) => `${pointer} ${reason.slice(0, 40)}`,
    );
  const told = await pointers(shapeless);
  assert.deepEqual(told.map((fault) => fault.split(' ')[0]).sort(), ['/scope', '/validityDay', '/validityDays']);
  assert.match(told.join('\n'), /\/validityDay is not known. Did you mean validityDays\?/);
  const encoding = { id: 'Faulty2', scope: 'faulty2', format: 'dc+sd-jwt', profile: { vct: 'not a name' } };
  const cases: readonly [object, string][] = [
    [{ mapping: { ...card.mapping, name: { $call: 'eval', args: ['1'] } } }, '/mapping/name/$call'],
    [{ mapping: { ...card.mapping, name: { $call: 'lookup', args: ['1', 'nowhere'] } } }, '/mapping/name/args/1'],
    [{ display: twoLocales }, '/display/1/locale'],
    [{ claims: [...card.claims, card.claims[0]] }, `/claims/${card.claims.length}/path`],
    [{ registry: 'nowhere' }, '/registry'],
    [{ scope: 'card' }, '/scope'],
    [{ profile: { vct: 'x', surprise: 1 } }, '/profile/surprise'],
    [{ encodings: [encoding] }, '/encodings/0/profile/vct'],
    [{ encodings: [{ ...encoding, id: 'Card', profile: { vct: 'y' } }] }, '/id'],
  ];
  for (const [change, pointer] of cases) assert.equal((await pointers(designOf('Faulty', change)))[0]?.split(' ')[0], pointer);
  assert.deepEqual(await pointers(designOf('Faulty')), []);
  const saved = await save('Faulty', designOf('Faulty', cases[0]?.[0]));
  assert.equal(saved.status, 201, 'a draft may be unsound');
  const refused = await act('publish', 'Faulty/1', saved.etag);
  assert.deepEqual([refused.status, refused.body.error], [422, 'invalid_credential_type']);
  assert.deepEqual(
    (refused.body.faults as { pointer: string }[]).map(({ pointer }) => pointer),
    ['/mapping/name/$call'],
  );
  assert.equal(Object.hasOwn(await offeredAt(0), 'Faulty'), false);
  const bad = [
    { payload: '{"id":"Twice","id":"Twice"}' },
    { payload: '[]' },
    { payload: { ...designOf('Other') } },
    { payload: { state: 'published' } },
  ];
  for (const each of bad)
    assert.equal(
      (await desk()('PUT', `${base}/Twice/1`, { ...each, headers: { 'if-none-match': '*' } })).status,
      400,
      JSON.stringify(each),
    );
});

test('features B10: what is published at one node is offered and issued by the other, metadata, signature and ETag with it', async () => {
  const before = await nodes.ask(metadataPath, undefined, 1);
  const seen = before.headers.get('etag') ?? '';
  await publish('Permit', designOf('Permit'));
  assert.ok(Object.hasOwn(await offeredAt(0), 'Permit'), 'at once where it was published');
  await visible('Permit', 1);
  const after = await nodes.ask(metadataPath, { headers: { 'if-none-match': seen } }, 1);
  assert.equal(after.status, 200, 'the validator of before is not that of now');
  const again = await nodes.ask(metadataPath, { headers: { 'if-none-match': after.headers.get('etag') ?? '' } }, 1);
  assert.equal(again.status, 304);
  const signed = decodeJwt(await (await nodes.ask(metadataPath, { headers: { accept: 'application/jwt' } }, 1)).text());
  assert.ok(Object.hasOwn(signed.credential_configurations_supported as object, 'Permit'));
  const { jwt } = await ask('Permit', 1);
  assert.equal(decodeJwt(jwt).vct, `${identifierOf('civil')}/types/permit/v1`);
  const [row] = await administer<{ version: number }>(
    nodes.target,
    "select credential_type_version as version from chancery_issuer.ledger where credential_type = 'Permit'",
  );
  assert.equal(row?.version, 1);
  assert.equal((await nodes.ask('/issuers/civil/types/permit/v1', undefined, 1)).status, 200);
  assert.equal((await nodes.ask('/issuers/academy/types/permit/v1', undefined, 1)).status, 404, 'another issuer has other types');
  assert.equal((await act('retire', 'Permit/1', '', 1)).status, 200);
  await visible('Permit', 0, false);
  assert.equal((await ask('Permit', 0)).error, 'unknown_credential_configuration');
  assert.equal((await nodes.ask('/issuers/civil/types/permit/v1')).status, 200, 'credentials out there still refer to it');
});

test('features B69, B54: the key of a type is made before the type is seen, and verifiers find it beside the shared one', async () => {
  await publish('Licence', designOf('Licence', { key: 'licences' }), 1, 1);
  const made = steps.indexOf('key credential:civil:own-licences');
  assert.ok(made >= 0 && made < steps.indexOf('publish Licence'), 'the key is made first');
  await visible('Licence', 0);
  const [own, shared] = [await ask('Licence', 0), await ask('Card', 0, 'card')];
  const { keys } = (await (await nodes.ask('/issuers/civil/jwks.json')).json()) as { keys: { kid: string }[] };
  const { verificationMethod } = (await (await nodes.ask('/issuers/civil/did.json')).json()) as { verificationMethod: { id: string }[] };
  const kids = [own, shared].map(({ jwt }) => String(decodeProtectedHeader(jwt).kid));
  assert.notEqual(kids[0], kids[1]);
  for (const kid of kids) {
    assert.ok(
      keys.some((key) => key.kid === kid),
      'in the key set',
    );
    assert.ok(
      verificationMethod.some(({ id }) => id.endsWith(`#${kid}`)),
      'in the DID document',
    );
  }
});

test('features B10: of two designers at once one is heard, and the other is told', async () => {
  const saved = await save('Shared');
  const change = (index: number) =>
    desk(index)('PUT', `${base}/Shared/1`, {
      payload: designOf('Shared', { validityDays: 10 + index }),
      headers: { 'if-match': saved.etag },
    });
  const answers = await Promise.all(Array.from({ length: 20 }, (_, index) => change(index)));
  assert.deepEqual(answers.map(({ status }) => status).sort(), [200, ...Array.from({ length: 19 }, () => 412)]);
  assert.equal((await act('publish', 'Shared/1', saved.etag)).status, 412, 'not what was looked at');
  assert.equal((await act('publish', 'Shared/1')).status, 428);
  assert.equal((await desk()('PUT', `${base}/Shared/1`, { payload: designOf('Shared') })).status, 428);
  assert.equal((await save('Shared')).status, 412, 'it is there already');
  const drafts = await Promise.all(['Left', 'Right'].map((id) => save(id, designOf(id, { scope: 'one-scope' }))));
  const outcomes = await Promise.all(drafts.map(({ etag }, index) => act('publish', `${['Left', 'Right'][index]}/1`, etag, index)));
  assert.deepEqual(outcomes.map(({ status }) => status).sort(), [200, 422], 'never two types with one scope');
  const { etag } = await desk()('GET', `${base}/Faulty/1`);
  assert.equal((await desk()('DELETE', `${base}/Faulty/1`, { headers: { 'if-match': '"99"' } })).status, 412);
  assert.equal((await desk()('DELETE', `${base}/Faulty/1`, { headers: { 'if-match': etag } })).status, 204);
  assert.equal((await desk()('DELETE', `${base}/Card/2`, { headers: { 'if-match': '"2"' } })).status, 412, 'what was published stays');
});

test('features B10: the next version takes over, a request under way ends with the one it began with, and the older one comes back', async () => {
  await publish('Pass');
  await visible('Pass', 1);
  let arrived = () => {};
  let release = () => {};
  const asked = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  gate = async () => {
    arrived();
    await held;
  };
  const underWay = ask('Pass', 1);
  await asked;
  gate = async () => {};
  await publish('Pass', designOf('Pass', { version: 2, validityDays: 5 }), 2);
  await eventually(async () => JSON.stringify((await offeredAt(1)).Pass).includes('/pass/v2'));
  release();
  const vct = ({ jwt }: { jwt: string }) => String(decodeJwt(jwt).vct).slice(-2);
  assert.deepEqual([vct(await underWay), vct(await ask('Pass', 1))], ['v1', 'v2']);
  assert.deepEqual([(await act('restore', 'Pass/2')).status, (await act('retire', 'Pass/1')).status], [409, 409]);
  const restored = await act('restore', 'Pass/1', '', 1);
  assert.deepEqual([restored.status, restored.body.version, restored.body.state], [201, 3, 'published']);
  assert.deepEqual((restored.body.document as JsonObject).validityDays, card.validityDays);
  assert.equal(vct(await ask('Pass', 1)), 'v3');
  const late = await save('Pass', designOf('Pass', { version: 9 }), 9);
  await publish('Pass', designOf('Pass', { version: 10 }), 10);
  const refused = await act('publish', 'Pass/9', late.etag);
  assert.deepEqual([refused.status, (refused.body.faults as { pointer: string }[])[0]?.pointer], [422, '/version'], 'versions go forward');
});

test('features B10: a node that cannot make a published type goes on with the version before, and says so', async () => {
  const slip = (title: string) => ({ format: 'paper_slip', profile: { title } });
  await publish('Sheet');
  await visible('Sheet', 1);
  // A format that only the first node knows, as while a newer program takes the place of this one.
  await publish('Sheet', designOf('Sheet', { version: 2, ...slip('sheet') }), 2);
  await publish('Alone', designOf('Alone', slip('alone')));
  await publish('Witness');
  await visible('Witness', 1);
  const [first, second] = [await offeredAt(0), await offeredAt(1)];
  assert.deepEqual([first.Sheet?.format, second.Sheet?.format], ['paper_slip', 'dc+sd-jwt']);
  assert.deepEqual([Object.hasOwn(first, 'Alone'), Object.hasOwn(second, 'Alone')], [true, false]);
  const told = nodes.lines.filter((line) => line.includes('credential type unusable'));
  assert.deepEqual(told.map((line) => (JSON.parse(line) as { credentialType: string }).credentialType).sort(), ['Alone/1', 'Sheet/2']);
  assert.match(String(decodeJwt((await ask('Sheet', 1)).jwt).vct), /v1$/);
});

test('features B53: a format that nobody has heard of is issued, described and verified like the others', async () => {
  const { jwt: slip } = await ask('Alone');
  const { keys } = (await (await nodes.ask('/issuers/civil/jwks.json')).json()) as { keys: (JsonWebKey & { kid: string })[] };
  const said = readSlip(slip, keys);
  assert.deepEqual([said.issuer, said.name, said.notes], [identifierOf('civil'), 'Noor', ['b', 'c']]);
  const page = await nodes.ask(new URL(String(said.reading)).pathname);
  assert.deepEqual([page.headers.get('content-type'), await page.text()], ['text/plain', 'How to read a alone']);
});
