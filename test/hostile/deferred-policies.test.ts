import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { setTimeout as rest } from 'node:timers/promises';
import { CompactEncrypt, compactDecrypt, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { OperatorRole } from '../../src/operation.ts';
import { administer } from '../support/database.ts';
import { type Answer, type DeferringNodes, openDeferringNodes, payloadOf } from '../support/deferring-nodes.ts';
import { identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { openTestOperators } from '../support/operator-server.ts';

const known = { outcome: 'known', claims: { name: 'Noor Canary-Name', town: 'Town', tongues: ['a'], notes: ['b'] } } as const;

let nodes: DeferringNodes;
let holder: TestKey;
before(async () => {
  nodes = await openDeferringNodes();
  holder = await makeTestKey();
});
after(() => nodes?.close());

const outcome = ({ status, body }: Answer) => `${status} ${body.error ?? ''}`.trim();
const metadataOf = async (issuer: string) =>
  (await (await nodes.ask(`/.well-known/openid-credential-issuer/issuers/${issuer}`)).json()) as Record<string, unknown>;

interface Listed {
  readonly deferrals: readonly Readonly<Record<string, unknown>>[];
  readonly next?: string;
  readonly error?: string;
  readonly state?: string;
}

/** The operators' listener of one node, for somebody with these roles. */
function clerk(roles: readonly OperatorRole[] = ['issuing-clerk'], node = 0) {
  const server = openTestOperators({ id: 'clerk-7', roles, mounts: [(scope) => nodes.issuers[node]?.operators(scope)] });
  return async (path: string, payload?: object) => {
    const headers = { authorization: 'Bearer key' };
    const answer = await (await server).inject(payload ? { method: 'POST', url: path, payload, headers } : { url: path, headers });
    return { status: answer.statusCode, body: answer.json() as Listed };
  };
}
const list = '/issuers/civil/deferrals';
const decide = (deferral_id: unknown, decision: string) => ({ deferral_id, decision, reason: 'seen at the counter' });

async function askReviewed(person: string) {
  const token = await nodes.token(person, { scope: 'reviewed' });
  const answer = await nodes.request(token, await nodes.bodyFor(holder, { configuration: 'Reviewed' }));
  return { token, answer, transactionId: answer.body.transaction_id };
}

test('features B28, standards EP-9, M-1: the endpoint stands in the metadata where something can be put off', async () => {
  for (const issuer of ['civil', 'academy'])
    assert.equal((await metadataOf(issuer)).deferred_credential_endpoint, `${identifierOf(issuer)}/deferred-credential`);
});

test('features B28, quality Q16: a type that asks for a review is put off until a clerk says yes, once, and the audit says who', async () => {
  nodes.people.set('canary-1', known);
  nodes.people.set('canary-2', known);
  const yes = await askReviewed('canary-1');
  nodes.clock.advance(1);
  const no = await askReviewed('canary-2');
  assert.deepEqual([yes.answer.status, no.answer.status], [202, 202]);
  nodes.clock.advance(3600);
  assert.equal(await nodes.complete(), 0, 'no worker decides it');
  const ask = clerk();
  const { status, body } = await ask(list);
  assert.equal(status, 200);
  assert.deepEqual(
    body.deferrals.map(({ individual_id, registry, credential_type, copies }) => [individual_id, registry, credential_type, copies]),
    [
      ['canary-1', 'people', 'Reviewed', 1],
      ['canary-2', 'people', 'Reviewed', 1],
    ],
  );
  assert.ok(!JSON.stringify(body).includes(yes.transactionId ?? '-'), 'a clerk cannot pick it up');
  const [first, second] = body.deferrals.map(({ deferral_id }) => deferral_id);
  const path = `${list}/decide`;
  for (const roles of [['support', 'revocation-officer', 'auditor', 'owner', 'type-designer']] as const) {
    assert.equal((await clerk(roles)(path, decide(first, 'approve'))).status, 403);
    assert.equal((await clerk(roles)(list)).status, 403);
  }
  for (const bad of [{}, decide(first, 'perhaps'), decide('x', 'approve'), { ...decide(first, 'approve'), more: 1 }])
    assert.deepEqual((await ask(path, bad)).status, 400, JSON.stringify(bad));
  assert.equal((await ask(`/issuers/academy/deferrals/decide`, decide(first, 'approve'))).status, 409, 'another issuer');
  assert.equal((await nodes.poll(yes.token, yes.transactionId)).status, 401, 'the token is old by now');
  const fresh = (person: string) => nodes.token(person, { scope: 'reviewed' });
  assert.equal((await nodes.poll(await fresh('canary-1'), yes.transactionId)).status, 202);
  const words = await Promise.all(
    Array.from({ length: 10 }, (_, node) => clerk(['issuing-clerk'], node % 2)(path, decide(first, 'approve'))),
  );
  assert.deepEqual(words.map((word) => word.status).toSorted(), [200, ...Array.from({ length: 9 }, () => 409)]);
  assert.deepEqual((await ask(path, decide(second, 'refuse'))).body.state, 'denied');
  const issued = await nodes.poll(await fresh('canary-1'), yes.transactionId, { node: 1 });
  assert.equal(issued.status, 200, issued.text);
  assert.equal(payloadOf(issued).vct, `${identifierOf('civil')}/types/reviewed/v1`);
  assert.equal(outcome(await nodes.poll(await fresh('canary-2'), no.transactionId)), '400 credential_request_denied');
  assert.deepEqual((await ask(list)).body.deferrals, []);
  const audit = await administer<{ event: Record<string, unknown> }>(
    nodes.target,
    "select event from chancery_issuer.audit where event->>'action' = 'review' order by at",
  );
  assert.deepEqual(
    audit.map(({ event: { actor, outcome: what, reason } }) => [actor, what, reason]),
    [
      ['clerk-7', 'ready', 'seen at the counter'],
      ['clerk-7', 'denied', 'seen at the counter'],
    ],
  );
  assert.ok(!JSON.stringify(audit).includes('canary'));
});

test('features B28: no clerk is troubled with what cannot be issued, and what no clerk looks at is given up', async () => {
  nodes.people.set('canary-3', { outcome: 'unknown' });
  assert.equal(outcome((await askReviewed('canary-3')).answer), '400 credential_request_denied');
  nodes.people.set('canary-3', { outcome: 'known', claims: {} });
  assert.equal(outcome((await askReviewed('canary-3')).answer), '400 credential_request_denied', 'a mandatory value is missing');
  nodes.people.set('canary-3', known);
  const { transactionId } = await askReviewed('canary-3');
  nodes.clock.advance(30 * 86_400);
  assert.equal(await nodes.complete(), 1);
  const token = await nodes.token('canary-3', { scope: 'reviewed' });
  assert.equal(outcome(await nodes.poll(token, transactionId)), '400 credential_request_denied');
});

test('features B28: a list of reviews goes on where the page before ended', async () => {
  for (const person of ['canary-4', 'canary-5']) nodes.people.set(person, known);
  const token = await nodes.token('canary-4', { scope: 'reviewed' });
  const other = await nodes.token('canary-5', { scope: 'reviewed' });
  for (let count = 0; count < 51; count += 1) {
    const body = await nodes.bodyFor(holder, { configuration: 'Reviewed' });
    assert.equal((await nodes.request(count % 2 ? token : other, body)).status, 202);
  }
  const ask = clerk();
  const { body: first } = await ask(list);
  const { body: second } = await ask(`${list}?after=${first.next}`);
  const ids = [...first.deferrals, ...second.deferrals].map(({ deferral_id }) => deferral_id);
  assert.deepEqual([first.deferrals.length, second.deferrals.length, second.next], [50, 1, undefined]);
  assert.equal(new Set(ids).size, 51);
  assert.equal((await ask(`${list}?after=x`)).status, 400);
});

test('features B27, B28, quality F2: a batch asked for by its identifier is picked up whole, in the order of the keys of then', async () => {
  nodes.people.set('canary-10', { outcome: 'pending' });
  const details = (configuration: string) => ({
    scope: 'openid',
    authorization_details: [
      { type: 'openid_credential', credential_configuration_id: configuration, credential_identifiers: [`${configuration}.main`] },
    ],
  });
  const keys = [holder, await makeTestKey(), await makeTestKey()];
  const nonce = await nodes.nonce();
  const body = { credential_identifier: 'Card.main', proofs: { jwt: keys.map((key) => nodes.proof(key, nonce)) } };
  const asked = await nodes.request(await nodes.token('canary-10', details('Card')), body);
  assert.equal(asked.status, 202, asked.text);
  nodes.people.set('canary-10', known);
  nodes.clock.advance(60);
  await nodes.complete();
  const other = await nodes.poll(await nodes.token('canary-10', details('Reviewed')), asked.body.transaction_id);
  assert.equal(outcome(other), '403 insufficient_scope');
  const before = await nodes.rowsIn('ledger');
  const issued = await nodes.poll(await nodes.token('canary-10', details('Card')), asked.body.transaction_id);
  assert.equal(issued.status, 200, issued.text);
  const bound = (issued.body.credentials ?? []).map(
    ({ credential }) =>
      (JSON.parse(Buffer.from(credential.split('.')[1] ?? '', 'base64url').toString()) as { cnf: { jwk: JWK } }).cnf.jwk.x,
  );
  assert.deepEqual(
    bound,
    keys.map(({ publicJwk }) => publicJwk.x),
  );
  assert.equal((await nodes.rowsIn('ledger')) - before, 3);
});

interface WalletKey {
  readonly jwk: JWK;
  readonly privateKey: CryptoKey;
}

async function makeWalletKey(): Promise<WalletKey> {
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  return { privateKey: privateKey as CryptoKey, jwk: { ...(await exportJWK(publicKey)), alg: 'ECDH-ES', use: 'enc' } };
}

/** Sends what is encrypted, and may want its answer so. */
async function encrypted(
  path: string,
  token: string,
  [body, key]: readonly [object, WalletKey | undefined],
  issuer: string,
): Promise<Answer> {
  const { jwks } = (await metadataOf(issuer)).credential_request_encryption as { jwks: { keys: JWK[] } };
  const [jwk] = jwks.keys;
  assert.ok(jwk);
  const wish = key ? { credential_response_encryption: { jwk: key.jwk, enc: 'A256GCM' } } : {};
  const text = await new CompactEncrypt(Buffer.from(JSON.stringify({ ...body, ...wish })))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A128GCM', kid: jwk.kid as string })
    .encrypt(await importJWK(jwk, 'ECDH-ES'));
  return nodes.send(path, token, text, { issuer, mediaType: 'application/jwt' });
}

async function open(answer: Answer, { privateKey }: WalletKey): Promise<Answer['body']> {
  assert.equal(answer.headers.get('content-type'), 'application/jwt', answer.text);
  return JSON.parse(Buffer.from((await compactDecrypt(answer.text, privateKey)).plaintext).toString()) as Answer['body'];
}

/** An encrypted request that was put off, and completed. */
async function putOffEncrypted(person: string, key: WalletKey, issuer = 'civil') {
  nodes.people.set(person, { outcome: 'pending' });
  const token = await nodes.token(person, {}, issuer);
  const asked = await encrypted('/credential', token, [await nodes.bodyFor(holder, { issuer }), key], issuer);
  assert.equal(asked.status, 202, asked.text);
  const { transaction_id } = await open(asked, key);
  nodes.people.set(person, known);
  nodes.clock.advance(60);
  await nodes.complete();
  return { token, transaction_id };
}
const deferred = '/deferred-credential';

test('standards V-39, V-46, V-48, features B30: the answer is encrypted to the key of the deferred request, or not at all without one', async () => {
  const [first, second] = [await makeWalletKey(), await makeWalletKey()];
  const one = await putOffEncrypted('canary-6', first);
  const issued = await encrypted(deferred, one.token, [{ transaction_id: one.transaction_id }, second], 'civil');
  assert.equal(issued.status, 200, issued.text);
  assert.equal((await open(issued, second)).credentials?.length, 1);
  const again = await encrypted(deferred, one.token, [{ transaction_id: one.transaction_id }, second], 'civil');
  assert.equal(outcome(again), '400 invalid_transaction_id', 'an error is never encrypted');
  const two = await putOffEncrypted('canary-7', first);
  const plain = await nodes.poll(two.token, two.transaction_id);
  assert.deepEqual([plain.status, plain.body.credentials?.length], [200, 1]);
  nodes.people.set('canary-8', { outcome: 'pending' });
  const token = await nodes.token('canary-8');
  const waiting = await nodes.request(token, await nodes.bodyFor(holder));
  const pending = await encrypted(deferred, token, [{ transaction_id: waiting.body.transaction_id }, first], 'civil');
  assert.deepEqual([pending.status, (await open(pending, first)).transaction_id], [202, waiting.body.transaction_id]);
  const wish = { transaction_id: waiting.body.transaction_id, credential_response_encryption: { jwk: first.jwk, enc: 'A256GCM' } };
  assert.equal(outcome(await nodes.send(deferred, token, JSON.stringify(wish))), '400 invalid_encryption_parameters', 'standards V-36');
});

test('quality F1: under the policy commit a changed response key is refused, and the first one still gets the document', async () => {
  const [first, thief] = [await makeWalletKey(), await makeWalletKey()];
  const { token, transaction_id } = await putOffEncrypted('canary-9', first, 'academy');
  for (const key of [thief, undefined]) {
    const swapped = await encrypted(deferred, token, [{ transaction_id }, key], 'academy');
    assert.equal(outcome(swapped), '400 invalid_encryption_parameters');
  }
  assert.equal(outcome(await nodes.poll(token, transaction_id, { issuer: 'academy' })), '400 invalid_encryption_parameters');
  const issued = await encrypted(deferred, token, [{ transaction_id }, first], 'academy');
  assert.equal(issued.status, 200, issued.text);
  assert.equal((await open(issued, first)).credentials?.length, 1);
});

test('features B28: a node looks by itself at what is due', async () => {
  const alone = await openIssuerNodes(1, (options) => ({
    ...options,
    config: options.config.map((issuer) => ({ ...issuer, deferral: { ...issuer.deferral, intervalSeconds: 1 } })),
  }));
  try {
    alone.people.set('canary-1', { outcome: 'pending' });
    const token = await alone.token('canary-1');
    const post = async (path: string, body: object) => {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
      const answer = await alone.ask(`/issuers/civil${path}`, { method: 'POST', body: JSON.stringify(body), headers });
      return { status: answer.status, body: (await answer.json()) as Answer['body'] };
    };
    const jwt = [alone.proof(holder, await alone.nonce())];
    const { body } = await post('/credential', { credential_configuration_id: 'Card', proofs: { jwt } });
    assert.equal(body.interval, 1);
    alone.people.set('canary-1', known);
    alone.clock.advance(1);
    let status = 202;
    for (let look = 0; status === 202 && look < 200; look += 1) {
      await rest(50);
      ({ status } = await post('/deferred-credential', { transaction_id: body.transaction_id }));
    }
    assert.equal(status, 200);
  } finally {
    await alone.close();
  }
});
