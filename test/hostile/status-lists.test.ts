import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';
import { decodeJwt, decodeProtectedHeader, importX509, jwtVerify } from 'jose';
import { mountCredentialStatus } from '../../src/issuer/operators/credential-status.ts';
import type { OperatorRole } from '../../src/operation.ts';
import type { ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { openTestOperators } from '../support/operator-server.ts';

interface Reference {
  readonly idx: number;
  readonly uri: string;
}

let nodes: IssuerNodes;
let holder: TestKey;
before(async () => {
  nodes = await openIssuerNodes();
  holder = await makeTestKey();
  nodes.people.set('1', { outcome: 'known', claims: { name: 'Noor', town: 'Town', tongues: ['a'], notes: ['b', 'c'] } });
});
after(() => nodes?.close());

async function issue(node = 0, individualId = '1'): Promise<Reference> {
  const [token, nonce] = [await nodes.token(individualId), await nodes.nonce()];
  const body = JSON.stringify({ credential_configuration_id: 'Card', proofs: { jwt: [nodes.proof(holder, nonce)] } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await nodes.ask('/issuers/civil/credential', { method: 'POST', body, headers }, node);
  assert.equal(answer.status, 200);
  const { credentials } = (await answer.json()) as { credentials: { credential: string }[] };
  const { status } = decodeJwt<{ status: { status_list: Reference } }>(credentials[0]?.credential.split('~')[0] ?? '');
  return status.status_list;
}

const read = (uri: string, init?: RequestInit, node = 0) => nodes.ask(new URL(uri).pathname, init, node);

async function statusOf({ idx, uri }: Reference, node = 0): Promise<number> {
  return getListFromStatusListJWT(await (await read(uri, undefined, node)).text()).getStatus(idx);
}

async function credentialAt({ idx, uri }: Reference): Promise<string> {
  const list = uri.slice(uri.lastIndexOf('/') + 1);
  const [row] = await administer<{ id: string }>(
    nodes.target,
    'select credential_id as id from chancery_issuer.ledger where status_list = $1 and status_index = $2',
    [list, idx],
  );
  assert.ok(row, 'the ledger knows the place');
  return row.id;
}

const set = (id: string, status: 'valid' | 'invalid' | 'suspended', node = 0) =>
  nodes.databases[node]?.statusLists.set(identifierOf('civil'), [id], status, { actor: 'operator', request: 'r' });

test('features B59, standards TSL-3, H-20, SD-9, M-8: the list is a signed token whose chain ends at the issuer’s root, and @sd-jwt reads it', async () => {
  const reference = await issue();
  assert.ok(reference.uri.startsWith(`${identifierOf('civil')}/status-lists/`));
  const answer = await read(reference.uri);
  assert.equal(answer.headers.get('content-type'), 'application/statuslist+jwt');
  const token = await answer.text();
  const { typ, x5c = [] } = decodeProtectedHeader(token);
  assert.equal(typ, 'statuslist+jwt');
  const [leaf] = x5c.map((text) => new X509Certificate(Buffer.from(text, 'base64')));
  const root = new X509Certificate(await nodes.keys.trustAnchor('civil'));
  assert.ok(leaf !== undefined && x5c.length === 1);
  assert.deepEqual([leaf.verify(root.publicKey), leaf.verify(leaf.publicKey)], [true, false]);
  const key = await importX509(leaf.toString(), 'ES256');
  const { payload } = await jwtVerify(token, key, { currentDate: nodes.clock.now() });
  assert.equal(payload.sub, reference.uri);
  assert.ok((payload.exp ?? 0) > (payload.iat ?? 0) && Number(payload.ttl) > 0);
  const list = getListFromStatusListJWT(token);
  assert.deepEqual([list.getBitsPerStatus(), list.statusList.length, list.getStatus(reference.idx)], [2, 131_072, 0]);
});

test('features B61, standards TSL-2, TSL-7, quality R38: suspended, reinstated, revoked: each is served within five seconds, at every node', async () => {
  const [reference, neighbour] = [await issue(0), await issue(1)];
  const id = await credentialAt(reference);
  for (const [status, value] of [
    ['suspended', 2],
    ['valid', 0],
    ['invalid', 1],
  ] as const) {
    assert.deepEqual(await set(id, status), ['changed']);
    nodes.clock.advance(5);
    for (const node of [0, 1]) assert.deepEqual([await statusOf(reference, node), await statusOf(neighbour, node)], [value, 0], status);
  }
  assert.deepEqual(await set(id, 'valid', 1), ['final']);
});

test('standards TSL-5, performance L-23: signed when it changed and not for a request; a validator saves the rest', async () => {
  const reference = await issue();
  const first = await read(reference.uri);
  const etag = first.headers.get('etag') ?? '';
  assert.match(first.headers.get('cache-control') ?? '', /^public, max-age=\d+$/);
  assert.equal(first.headers.get('access-control-allow-origin'), '*');
  nodes.clock.advance(30);
  const answers = await Promise.all(Array.from({ length: 20 }, () => read(reference.uri)));
  assert.deepEqual([...new Set(answers.map((answer) => answer.headers.get('etag')))], [etag]);
  const again = await read(reference.uri, { headers: { 'if-none-match': etag } });
  assert.deepEqual([again.status, await again.text()], [304, '']);
  nodes.clock.advance(13 * 3600);
  assert.notEqual((await read(reference.uri)).headers.get('etag'), etag, 'renewed long before it ends');
});

test('quality R37: a list that is not there, or is another issuer’s, is not found; a type we do not serve is refused', async () => {
  const { uri } = await issue();
  assert.equal((await read(uri.replace('/civil/', '/academy/'))).status, 404);
  for (const name of ['nothing', 'a'.repeat(22), `${'a'.repeat(21)}%00`, '..%2fnonce'])
    assert.equal((await nodes.ask(`/issuers/civil/status-lists/${name}`)).status, 404, name);
  assert.equal((await read(uri, { headers: { accept: 'text/html' } })).status, 406);
});

test('standards TSL-6, features B63, quality T2: four hundred credentials from two nodes at once: every place once, no order to be seen', async () => {
  const references = await Promise.all(Array.from({ length: 400 }, (_, index) => issue(index % 2)));
  const places = references.map(({ idx, uri }) => `${uri}#${idx}`);
  assert.equal(new Set(places).size, 400);
  assert.equal(new Set(references.map(({ uri }) => uri)).size, 1, 'a list shared by all');
  // In the order of the list, since requests of two nodes overtake each other; by chance four have a neighbour as near as that.
  const indices = references.map(({ idx }) => idx).sort((a, b) => a - b);
  const neighbours = indices.filter((idx, at) => (indices[at + 1] ?? Number.POSITIVE_INFINITY) - idx <= 3);
  assert.ok(neighbours.length < 20, `${neighbours.length} are next to each other`);
});

test('quality Q7, features A20: an order that was refused gives its place back; one in doubt is looked through by the next node', async (t) => {
  let lose = false;
  const lossy = await openIssuerNodes(1, (options) => ({
    ...options,
    ledger: {
      ...options.ledger,
      async commit(issuance) {
        const commit = await options.ledger.commit(issuance);
        if (lose) throw new Error('the connection broke after the commit');
        return commit;
      },
    },
  }));
  t.after(() => lossy.close());
  lossy.people.set('1', { outcome: 'known', claims: { name: 'Noor' } });
  const ask = async (nonce: string) => {
    const body = JSON.stringify({ credential_configuration_id: 'Card', proofs: { jwt: [lossy.proof(holder, nonce)] } });
    const headers = { 'content-type': 'application/json', authorization: `Bearer ${await lossy.token('1')}` };
    return (await lossy.ask('/issuers/civil/credential', { method: 'POST', body, headers })).status;
  };
  const spent = await lossy.nonce();
  assert.equal(await ask(spent), 200);
  for (let round = 0; round < 300; round += 1) assert.equal(await ask(spent), 400);
  lose = true;
  assert.equal(await ask(await lossy.nonce()), 500);
  lose = false;
  for (let round = 0; round < 254; round += 1) assert.equal(await ask(await lossy.nonce()), 200);
  const rows = () =>
    administer<{ status_index: number }>(lossy.target, 'select status_index from chancery_issuer.ledger where status_list is not null');
  const indices = (await rows()).map(({ status_index }) => status_index);
  assert.deepEqual([indices.length, new Set(indices).size], [256, 256], 'one lease, filled to its last place');
  // The node is killed with a lease half used; the next one fills it without taking a place twice.
  lossy.clock.advance(120);
  for (let round = 0; round < 300; round += 1) assert.equal(await ask(await lossy.nonce()), 200);
  const all = (await rows()).map(({ status_index }) => status_index);
  assert.deepEqual([all.length, new Set(all).size], [556, 556]);
});

function operators(roles: readonly OperatorRole[]) {
  const { ledger, statusLists } = nodes.databases[0] as ServiceDatabase;
  const issuers = nodes.config;
  const server = openTestOperators({
    roles,
    mounts: [(scope) => mountCredentialStatus(scope, { issuers, keys: nodes.keys, ledger, statusLists })],
  });
  return async (path: string, payload: object, key = 'key') => {
    const answer = await (await server).inject({ method: 'POST', url: path, payload, headers: { authorization: `Bearer ${key}` } });
    return { status: answer.statusCode, body: answer.json() as { credentials: Record<string, unknown>[]; error?: string } };
  };
}

test('features B61, B64: an officer finds a person’s credentials by number and revokes them all in one step', async () => {
  nodes.people.set('officer-case', { outcome: 'known', claims: { name: 'Ali' } });
  const references = [await issue(0, 'officer-case'), await issue(1, 'officer-case')];
  const ask = operators(['revocation-officer']);
  const found = await ask('/issuers/civil/credentials/search', { individual_id: 'officer-case' });
  assert.deepEqual([found.status, found.body.credentials.map(({ status }) => status)], [200, ['valid', 'valid']]);
  const credential_ids = found.body.credentials.map(({ credential_id }) => credential_id);
  const changed = await ask('/issuers/civil/credentials/status', { credential_ids, status: 'invalid', reason: 'lost' });
  assert.deepEqual(
    changed.body.credentials.map(({ outcome }) => outcome),
    ['changed', 'changed'],
  );
  nodes.clock.advance(5);
  for (const reference of references) assert.equal(await statusOf(reference), 1);
  const after = await ask('/issuers/civil/credentials/search', { individual_id: 'officer-case' });
  assert.deepEqual(
    after.body.credentials.map(({ status }) => status),
    ['invalid', 'invalid'],
  );
  assert.deepEqual((await ask('/issuers/civil/credentials/search', { individual_id: 'nobody' })).body.credentials, []);
  const events = await administer<{ event: unknown }>(nodes.target, 'select event from chancery_issuer.audit');
  assert.ok(!JSON.stringify(events).includes('officer-case'), 'the audit names nobody');
});

test('quality Q16, R37: without the role, the key, an issuer or a sound body nothing changes', async () => {
  const credential_ids = [await credentialAt(await issue())];
  const change = { credential_ids, status: 'invalid' };
  const officer = operators(['revocation-officer']);
  const path = '/issuers/civil/credentials/status';
  assert.equal((await operators(['support'])(path, change)).status, 403);
  assert.equal((await officer(path, change, 'another')).status, 401);
  assert.equal((await officer('/issuers/nobody/credentials/status', change)).status, 404);
  for (const bad of [
    {},
    { ...change, status: 'gone' },
    { ...change, credential_ids: [] },
    { ...change, more: 1 },
    { ...change, credential_ids: 'x' },
    { ...change, credential_ids: [...credential_ids, 'a\0b'] },
    { ...change, credential_ids: ['\ud800'] },
  ]) {
    const { status, body } = await officer(path, bad);
    assert.deepEqual([status, body.error], [400, 'invalid_request'], JSON.stringify(bad));
  }
  assert.deepEqual((await officer('/issuers/academy/credentials/status', change)).body.credentials[0]?.outcome, 'unknown');
  const [{ outcome } = { outcome: '' }] = (await officer(path, change)).body.credentials;
  assert.equal(outcome, 'changed', 'until now it was valid');
});
