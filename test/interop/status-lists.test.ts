import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { IssuerSigned } from '@owf/mdoc';
import { decode, Tagged } from 'cborg';
import { administer } from '../support/database.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { verifySign1ByOwf } from '../support/judge-mdoc-owf.ts';
import { withStatusTypes } from '../support/status-types.ts';

let nodes: IssuerNodes;
let holder: TestKey;
before(async () => {
  nodes = await openIssuerNodes(2, await withStatusTypes());
  holder = await makeTestKey();
  nodes.people.set('1', { outcome: 'known', claims: { name: 'Noor', town: 'Town', tongues: ['a'], notes: ['b', 'c'] } });
});
after(() => nodes?.close());

/** A credential of a type, as it stands in the answer, and its name in the ledger. */
async function issue<Credential = string>(type: string): Promise<{ readonly credential: Credential; readonly id: string }> {
  const known = new Set(await idsOf(type));
  const token = await nodes.token('1', { scope: `openid ${type.toLowerCase()}` });
  const body = JSON.stringify({ credential_configuration_id: type, proofs: { jwt: [nodes.proof(holder, await nodes.nonce())] } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await nodes.ask('/issuers/civil/credential', { method: 'POST', body, headers });
  const text = await answer.text();
  assert.equal(answer.status, 200, text);
  const { credentials } = JSON.parse(text) as { credentials: { credential: Credential }[] };
  const [id] = (await idsOf(type)).filter((one) => !known.has(one));
  return { credential: credentials[0]?.credential as Credential, id: id as string };
}

async function idsOf(type: string): Promise<readonly string[]> {
  const query = 'select credential_id as id from chancery_issuer.ledger where credential_type = $1';
  return (await administer<{ id: string }>(nodes.target, query, [type])).map(({ id }) => id);
}

const set = (id: string, status: 'valid' | 'invalid' | 'suspended', node = 0) =>
  nodes.databases[node]?.statusLists.set(identifierOf('civil'), [id], status, { actor: 'operator', request: 'r' });

const fetchList = (uri: string, accept?: string, node = 0) =>
  nodes.ask(new URL(uri).pathname, accept === undefined ? {} : { headers: { accept } }, node);

const readCbor = <Value>(bytes: Uint8Array): Value =>
  decode(bytes, {
    strict: true,
    allowIndefinite: false,
    useMaps: true,
    rejectDuplicateMapKeys: true,
    tags: Tagged.preserve(0, 18, 24),
  }) as Value;

/** Token Status List §4.1, by eye: two bits each, from the least significant. */
const statusAt = (lst: Uint8Array, index: number) => (((inflateSync(lst)[index >> 2] as number) >> ((index & 3) * 2)) & 3) as number;

/** The status that an mdoc carries, read by @owf/mdoc and cborg. */
function mdocReference(credential: string): { readonly idx: number; readonly uri: string } {
  const { payload } = IssuerSigned.fromEncodedForOid4Vci(credential).issuerAuth;
  const object = readCbor<Map<string, unknown>>(readCbor<Tagged>(payload as Uint8Array).value as Uint8Array);
  const list = (object.get('status') as Map<string, Map<string, unknown>>).get('status_list');
  return { idx: list?.get('idx') as number, uri: list?.get('uri') as string };
}

test('features B60, standards TSL-4, MD-11: an mdoc names its list, which comes as CWT by the same key; @owf/mdoc verifies it, cborg reads it', async () => {
  const { credential, id } = await issue('Mdoc');
  const { idx, uri } = mdocReference(credential);
  const answer = await fetchList(uri, 'application/statuslist+cwt');
  assert.equal(answer.headers.get('content-type'), 'application/statuslist+cwt');
  const bytes = new Uint8Array(await answer.arrayBuffer());
  const [leaf] = await verifySign1ByOwf(bytes);
  const root = new X509Certificate(await nodes.keys.trustAnchor('civil'));
  assert.ok(new X509Certificate(leaf as Uint8Array).verify(root.publicKey));
  assert.deepEqual(leaf, IssuerSigned.fromEncodedForOid4Vci(credential).issuerAuth.certificate, 'the signer of the mdoc');
  const { tag, value } = readCbor<Tagged>(bytes);
  const [header, , payload] = value as [Uint8Array, unknown, Uint8Array];
  assert.deepEqual([tag, readCbor<Map<number, unknown>>(header).get(16)], [18, 'application/statuslist+cwt']);
  const claims = readCbor<Map<number, unknown>>(payload);
  assert.deepEqual([...claims.keys()].sort(), [2, 4, 6, 65533, 65534]);
  const now = nodes.clock.now().getTime() / 1000;
  assert.ok(claims.get(2) === uri && Number(claims.get(6)) <= now && Number(claims.get(4)) > now && Number(claims.get(65534)) > 0);
  const list = claims.get(65533) as Map<string, unknown>;
  assert.deepEqual([list.get('bits'), inflateSync(list.get('lst') as Uint8Array).length], [2, 32_768]);
  assert.equal(statusAt(list.get('lst') as Uint8Array, idx), 0);
  assert.deepEqual(await set(id, 'suspended', 1), ['changed']);
  nodes.clock.advance(5);
  const later = readCbor<Tagged>(new Uint8Array(await (await fetchList(uri, 'application/statuslist+cwt')).arrayBuffer()));
  const renewed = readCbor<Map<number, Map<string, Uint8Array>>>((later.value as [unknown, unknown, Uint8Array])[2]);
  assert.equal(statusAt(renewed.get(65533)?.get('lst') as Uint8Array, idx), 2);
});

test('standards TSL-5: one address, two encodings by Accept, each with a validator of its own; the JWT may come compressed', async () => {
  const { uri } = mdocReference((await issue('Mdoc')).credential);
  const [jwt, cwt] = [await fetchList(uri), await fetchList(uri, 'application/statuslist+cwt, application/statuslist+jwt;q=0.9')];
  assert.deepEqual(
    [jwt, cwt].map((answer) => answer.headers.get('content-type')),
    ['application/statuslist+jwt', 'application/statuslist+cwt'],
  );
  assert.notEqual(jwt.headers.get('etag'), cwt.headers.get('etag'));
  for (const answer of [jwt, cwt]) assert.match(answer.headers.get('vary') ?? '', /\baccept\b/);
  assert.equal((await fetchList(uri, 'application/json')).status, 406);
  assert.equal(jwt.headers.get('content-encoding'), 'gzip');
  const plain = await nodes.ask(new URL(uri).pathname, { headers: { 'accept-encoding': 'identity' } });
  assert.deepEqual([plain.headers.get('content-encoding'), await plain.text()], [null, await jwt.text()]);
  assert.notEqual(plain.headers.get('etag'), jwt.headers.get('etag'), 'other bytes, another validator');
});
