import assert from 'node:assert/strict';
import { createHash, randomBytes, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { gunzipSync, inflateSync } from 'node:zlib';
import { checkStatus, decodeList } from '@digitalbazaar/vc-bitstring-status-list';
import { IssuerSigned } from '@owf/mdoc';
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { decode, Tagged } from 'cborg';
import { compactVerify, decodeJwt, decodeProtectedHeader, importJWK, type JWK } from 'jose';
import type { JsonObject } from '../../src/lib/json.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { documentLoader, judges, type SuiteName } from '../support/judge-data-integrity.ts';
import { verifySign1ByOwf } from '../support/judge-mdoc-owf.ts';
import { trustedLeaf } from '../support/judge-sd-jwt.ts';
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

/** What a credential points at, with the status that a foreign reader of the list finds there. */
type ReadStatus = (credential: string | JsonObject, node: number) => Promise<number>;

const readToken: ReadStatus = async (credential, node) => {
  const { status } = decodeJwt<{ status: { status_list: { idx: number; uri: string } } }>(String(credential).split('~')[0] ?? '');
  return getListFromStatusListJWT(await (await fetchList(status.status_list.uri, undefined, node)).text()).getStatus(
    status.status_list.idx,
  );
};

const readCwt: ReadStatus = async (credential, node) => {
  const { idx, uri } = mdocReference(String(credential));
  const bytes = new Uint8Array(await (await fetchList(uri, 'application/statuslist+cwt', node)).arrayBuffer());
  await verifySign1ByOwf(bytes);
  const [, , payload] = readCbor<Tagged>(bytes).value as [unknown, unknown, Uint8Array];
  return statusAt(readCbor<Map<number, Map<string, Uint8Array>>>(payload).get(65533)?.get('lst') as Uint8Array, idx);
};

/** Revocation and suspension are a bit each; as a number they are what a Token Status List says. */
const numberOf = (revoked: boolean, suspended: boolean) => (revoked ? 1 : suspended ? 2 : 0);

async function didDocument(node: number) {
  return (await (await nodes.ask('/issuers/civil/did.json', {}, node)).json()) as {
    readonly id: string;
    readonly verificationMethod: readonly { readonly id: string; readonly publicKeyJwk?: JWK }[];
  };
}

/** By @digitalbazaar/vc-bitstring-status-list, which verifies the list's own proof by the suite of the credential. */
const readLinkedData =
  (suite: SuiteName): ReadStatus =>
  async (credential, node) => {
    const known = documentLoader((await didDocument(node)) as unknown as JsonObject, new Map());
    const loader = async (url: string) => {
      if (!url.startsWith(`${identifierOf('civil')}/status-lists/`)) return known(url);
      const answer = await fetchList(url, 'application/ld+json, application/json', node);
      return { contextUrl: null, documentUrl: url, document: await answer.json() };
    };
    const {
      verified,
      results = [],
      error,
    } = await checkStatus({ credential: Object(credential), suite: judges[suite](), documentLoader: loader });
    assert.ok(verified, String(error?.message));
    const [revoked, suspended] = ['revocation', 'suspension'].map((purpose) => {
      const found = results.filter(({ credentialStatus }) => credentialStatus.statusPurpose === purpose);
      assert.equal(found.length, 1, purpose);
      return found[0]?.status === true;
    });
    return numberOf(revoked === true, suspended === true);
  };

interface Entry {
  readonly id: string;
  readonly type: string;
  readonly statusPurpose: string;
  readonly statusListIndex: string;
  readonly statusListCredential: string;
}

/** VC-JOSE-COSE by jose with the key that `kid` names in the DID document, the list decoded by @digitalbazaar's library. */
const readJwt: ReadStatus = async (credential, node) => {
  const claims = decodeJwt<{ credentialStatus?: Entry[]; vc?: { credentialStatus: Entry[] } }>(String(credential));
  const bits: Record<string, boolean> = {};
  for (const entry of claims.vc?.credentialStatus ?? claims.credentialStatus ?? []) {
    const answer = await fetchList(entry.statusListCredential, undefined, node);
    assert.equal(answer.headers.get('content-type'), 'application/vc+jwt');
    const text = await answer.text();
    const { kid, typ, cty } = decodeProtectedHeader(text);
    const method = (await didDocument(node)).verificationMethod.find(({ id }) => id === kid);
    const { payload } = await compactVerify(text, await importJWK(method?.publicKeyJwk as JWK, decodeProtectedHeader(text).alg));
    assert.deepEqual([typ, cty], ['vc+jwt', 'vc']);
    const list = JSON.parse(Buffer.from(payload).toString());
    assert.deepEqual([list.id, list.credentialSubject.statusPurpose], [entry.statusListCredential, entry.statusPurpose]);
    const decoded = await decodeList(list.credentialSubject);
    assert.equal(decoded.length, 131_072);
    bits[entry.statusPurpose] = decoded.getStatus(Number(entry.statusListIndex));
  }
  assert.deepEqual(Object.keys(bits).sort(), ['revocation', 'suspension']);
  return numberOf(bits.revocation === true, bits.suspension === true);
};

const readers: Readonly<Record<string, ReadStatus>> = {
  Card: readToken,
  Mdoc: readCwt,
  MdocEd: readCwt,
  OwnAlgorithm: readToken,
  OwnKey: readToken,
  JwtToken: readToken,
  JwtTokenEd: readToken,
  JwtOld: readJwt,
  JwtNew: readJwt,
  EddsaRdfc: readLinkedData('eddsa-rdfc-2022'),
  EcdsaRdfc: readLinkedData('ecdsa-rdfc-2019'),
  Selective: readLinkedData('ecdsa-rdfc-2019'),
  P384: readLinkedData('ecdsa-rdfc-2019'),
  EcdsaJcs: readLinkedData('ecdsa-jcs-2019'),
  Ed2020: readLinkedData('Ed25519Signature2020'),
};

test('features B58, B61, B62, standards BSL-1, BSL-3, JV-4: in every format and both kinds of list the same is read, five seconds after each change, at each node', async () => {
  const issued = await Promise.all(Object.keys(readers).map(async (type) => ({ type, ...(await issue<string | JsonObject>(type)) })));
  const neighbours = await Promise.all(Object.keys(readers).map(async (type) => ({ type, ...(await issue<string | JsonObject>(type)) })));
  const look = (all: typeof issued, node: number) =>
    Promise.all(all.map(async ({ type, credential }) => [type, await (readers[type] as ReadStatus)(credential, node)] as const));
  const everywhere = (value: number) => Object.keys(readers).map((type) => [type, value]);
  assert.deepEqual(await look(issued, 0), everywhere(0));
  for (const [status, value] of [
    ['suspended', 2],
    ['valid', 0],
    ['suspended', 2],
    ['invalid', 1],
  ] as const) {
    const ids = issued.map(({ id }) => id);
    const outcomes = await nodes.databases[1]?.statusLists.set(identifierOf('civil'), ids, status, { actor: 'operator', request: 'r' });
    assert.deepEqual(new Set(outcomes), new Set(['changed']));
    nodes.clock.advance(5);
    for (const node of [0, 1]) assert.deepEqual(await look(issued, node), everywhere(value), `${status} at node ${node}`);
  }
  assert.deepEqual(await look(neighbours, 1), everywhere(0), 'what stands beside them is untouched');
});

test('standards BSL-3, BSL-4, BSL-5: a list says how long it holds, is long enough to hide in, and its first bit is the left-most', async () => {
  const { credential, id } = await issue<{ readonly issuer: string; readonly credentialStatus: readonly Entry[] }>('EddsaRdfc');
  const [revocation, suspension] = credential.credentialStatus;
  assert.ok(revocation && suspension);
  for (const entry of [revocation, suspension]) {
    assert.deepEqual([entry.type, typeof entry.statusListIndex], ['BitstringStatusListEntry', 'string']);
    assert.match(entry.statusListIndex, /^(0|[1-9]\d*)$/);
    assert.notEqual(entry.id, entry.statusListCredential);
  }
  assert.deepEqual([revocation.statusPurpose, suspension.statusPurpose], ['revocation', 'suspension']);
  assert.deepEqual(await set(id, 'invalid'), ['changed']);
  nodes.clock.advance(5);
  const answer = await fetchList(revocation.statusListCredential);
  assert.deepEqual(
    ['content-type', 'cache-control', 'access-control-allow-origin'].map((name) => answer.headers.get(name)),
    ['application/vc', 'public, max-age=60', '*'],
  );
  const etag = answer.headers.get('etag') ?? '';
  const list = await answer.json();
  const { encodedList, ttl } = list.credentialSubject;
  const until = Date.parse(list.validUntil) - nodes.clock.now().getTime();
  assert.ok(ttl === 60_000 && until > ttl && until <= 86_400_000 && list.issuer === credential.issuer);
  const [head, bits] = [encodedList.slice(0, 1), gunzipSync(Buffer.from(encodedList.slice(1), 'base64url'))];
  assert.deepEqual([head, bits.length], ['u', 16_384]);
  const index = Number(revocation.statusListIndex);
  // Beside it stand only those that other tests of this file revoked.
  assert.equal((bits[index >> 3] as number) & (0x80 >> (index & 7)), 0x80 >> (index & 7));
  const again = await nodes.ask(new URL(revocation.statusListCredential).pathname, { headers: { 'if-none-match': etag } });
  assert.deepEqual([again.status, await again.text()], [304, '']);
  assert.equal((await fetchList(revocation.statusListCredential, 'application/json')).headers.get('content-type'), 'application/json');
});

test('quality R37, standards BSL-1: a purpose, a securing or a list that is not there is not found, and no list comes as what it is not', async () => {
  const { credential } = await issue<{ readonly credentialStatus: readonly Entry[] }>('EddsaRdfc');
  const address = credential.credentialStatus[0]?.statusListCredential ?? '';
  const other = (from: string, to: string) => address.replace(from, to);
  for (const missing of [
    other('revocation', 'refresh'),
    other('revocation', '__proto__'),
    other('eddsa-rdfc-2022', 'eddsa-jcs-2022'),
    other('eddsa-rdfc-2022', 'jwt-es384'),
    other('/civil/', '/academy/'),
    address.replace(/status-lists\/[\w-]+/, `status-lists/${'a'.repeat(22)}`),
  ])
    assert.equal((await fetchList(missing)).status, 404, missing);
  assert.equal((await fetchList(address, 'application/vc+jwt')).status, 406);
});

test('features B59, B69, standards TSL-3: @sd-jwt verifies the list by the key of the credential, also where a type has a key of its own', async () => {
  const root = new X509Certificate(await nodes.keys.trustAnchor('civil'));
  const leaves = new Set<string>();
  for (const type of ['Card', 'OwnKey', 'OwnAlgorithm']) {
    const { credential, id } = await issue(type);
    const leaf = trustedLeaf(decodeProtectedHeader(credential.split('~')[0] ?? ''), root);
    leaves.add(leaf.fingerprint256);
    const judge = new SDJwtVcInstance({
      hasher: (data, algorithm) =>
        createHash(algorithm.replace('-', ''))
          .update(typeof data === 'string' ? data : Buffer.from(data))
          .digest(),
      hashAlg: 'sha-256',
      saltGenerator: (length) => randomBytes(length).toString('hex'),
      // Of the credential and of its list, as widespread wallets have it.
      verifier: async (data, signature) => Boolean(await compactVerify(`${data}.${signature}`, leaf.publicKey)),
      statusListFetcher: async (uri) => (await fetchList(uri, 'application/statuslist+jwt')).text(),
    });
    const options = { currentDate: Math.floor(nodes.clock.now().getTime() / 1000) };
    await judge.verify(credential, options);
    await set(id, 'invalid');
    nodes.clock.advance(5);
    await assert.rejects(judge.verify(credential, { currentDate: options.currentDate + 5 }), /[Ss]tatus/, type);
  }
  assert.equal(leaves.size, 3, 'three keys');
});

test('standards TSL-8: a list of the past is not had, and nobody is given the present one for it', async () => {
  const { uri } = mdocReference((await issue('Mdoc')).credential);
  assert.equal((await nodes.ask(`${new URL(uri).pathname}?time=1686925000`)).status, 501);
  assert.equal((await nodes.ask(`${new URL(uri).pathname}?other=1`)).status, 200);
  for (const signer of ['es256', 'own-nobody-es256', '__proto__']) assert.equal((await fetchList(`${uri}/${signer}`)).status, 404, signer);
});

test('standards TSL-5, X-7: one address, two encodings by Accept, each with a validator of its own; the JWT may come compressed', async () => {
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
