import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { movableClock } from '../lib/clock.ts';
import { type Egress, EgressFailure } from '../lib/egress.ts';
import { createRemoteDocuments } from './remote-documents.ts';
import { createRemoteKeys } from './remote-keys.ts';

const address = new URL('https://as.example/jwks.json');

/** A server whose answers are set, and that counts its questions. */
function server() {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const state = { questions: 0, status: 200, body: '{"keys":[]}', headers: {} as Record<string, string>, silent: false };
  const egress: Egress = {
    async fetch() {
      state.questions += 1;
      const { status, body, headers, silent } = state;
      await new Promise((resolve) => setImmediate(resolve));
      if (silent) throw new EgressFailure('timeout', 'silent');
      return { status, headers: new Headers(headers), body: Buffer.from(body) };
    },
  };
  return { clock, state, egress, documents: createRemoteDocuments({ egress, clock }) };
}

const ec = (kid: string | undefined, more: object = {}) => ({
  ...generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'jwk' }),
  ...(kid === undefined ? {} : { kid }),
  ...more,
});

test('quality Q39: a document is asked for once while it is fresh, and once however many ask at a time', async () => {
  const { clock, state, documents } = server();
  await Promise.all(Array.from({ length: 50 }, () => documents.read(address)));
  assert.equal(state.questions, 1);
  clock.advance(59);
  await documents.read(address);
  assert.equal(state.questions, 1);
  clock.advance(2);
  await documents.read(address);
  assert.equal(state.questions, 2);
});

test('quality Q39: the server says how long its answer is fresh, within our bounds', async () => {
  for (const [told, seconds] of [
    ['max-age=10', 10],
    ['public, max-age=600', 600],
    ['max-age=999999999', 3600],
    ['max-age=0', 1],
    ['no-store', 60],
    ['max-age=-5', 60],
  ] as const) {
    const { clock, state, documents } = server();
    state.headers = { 'cache-control': told };
    await documents.read(address);
    clock.advance(seconds - 0.5);
    await documents.read(address);
    assert.equal(state.questions, 1, told);
    clock.advance(1);
    await documents.read(address);
    assert.equal(state.questions, 2, told);
  }
});

test('quality Q33: while its server is silent the old document serves, but not for ever, and nobody waits each time', async () => {
  const { clock, state, documents } = server();
  await documents.read(address);
  state.silent = true;
  clock.advance(120);
  await documents.read(address);
  await documents.read(address);
  assert.equal(state.questions, 2, 'asked once, then left alone for a while');
  clock.advance(20);
  await documents.read(address);
  assert.equal(state.questions, 3);
  clock.advance(3600);
  await assert.rejects(documents.read(address), EgressFailure);
  state.silent = false;
  await documents.read(address);
});

test('quality Q39: an answer that is no JSON object is none, whatever its status says', async () => {
  for (const [status, body] of [
    [200, 'hello'],
    [200, '[]'],
    [200, 'null'],
    [200, '{"keys":[],"keys":[]}'],
    [200, `${'{"a":'.repeat(100)}1${'}'.repeat(100)}`],
    [204, ''],
    [302, '{}'],
    [404, '{}'],
    [500, '{}'],
  ] as const) {
    const { state, documents } = server();
    Object.assign(state, { status, body });
    await assert.rejects(documents.read(address), EgressFailure, `${status} ${body.slice(0, 20)}`);
  }
});

test('quality Q39: no more than a bounded number of documents is kept', async () => {
  const { state, documents } = server();
  const other = (index: number) => new URL(`https://as.example/${index}`);
  for (let index = 0; index < 300; index += 1) await documents.read(other(index));
  await documents.read(other(299));
  assert.equal(state.questions, 300, 'the last is kept');
  await documents.read(other(0));
  assert.equal(state.questions, 301, 'the first was forgotten');
});

test('quality Q22: a key is found by its id, its use, its algorithm and its type', async () => {
  const { clock, state, documents } = server();
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  const edwards = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const sealed = ec('sealed', { use: 'enc' });
  state.body = JSON.stringify({
    keys: [
      sealed,
      { kty: 'oct', k: 'AAAA', kid: 'symmetric' },
      { ...rsa, kid: 'shared' },
      ec('shared'),
      ec('es384', { alg: 'ES384' }),
      edwards,
      null,
      1,
    ],
  });
  const keys = createRemoteKeys(documents, clock);
  assert.equal((await keys.find(address, 'shared', 'ES256'))?.asymmetricKeyType, 'ec');
  assert.equal((await keys.find(address, 'shared', 'RS256'))?.asymmetricKeyType, 'rsa');
  assert.equal((await keys.find(address, 'shared', 'PS256'))?.asymmetricKeyType, 'rsa');
  assert.equal((await keys.find(address, undefined, 'EdDSA'))?.asymmetricKeyType, 'ed25519', 'one key of that type');
  for (const [kid, algorithm] of [
    ['sealed', 'ES256'],
    ['symmetric', 'HS256'],
    ['symmetric', 'ES256'],
    ['es384', 'ES256'],
    ['es384', 'ES384'],
    ['shared', 'EdDSA'],
    ['shared', 'none'],
    ['nobody', 'ES256'],
    ['__proto__', 'ES256'],
  ] as const)
    assert.equal(await keys.find(address, kid, algorithm), undefined, `${kid} ${algorithm}`);
});

test('quality Q22: without an id only a set with one fitting key is clear', async () => {
  const { clock, state, documents } = server();
  state.body = JSON.stringify({ keys: [ec('a'), ec('b')] });
  assert.equal(await createRemoteKeys(documents, clock).find(address, undefined, 'ES256'), undefined);
});

test('quality Q39: a new id asks again, once for all who come with it, and a stream of made-up ids asks no more', async () => {
  const { clock, state, documents } = server();
  const keys = createRemoteKeys(documents, clock);
  state.body = JSON.stringify({ keys: [ec('old')] });
  assert.ok(await keys.find(address, 'old', 'ES256'));
  state.body = JSON.stringify({ keys: [ec('old'), ec('new')] });
  const found = await Promise.all(Array.from({ length: 20 }, () => keys.find(address, 'new', 'ES256')));
  assert.ok(
    found.every((key) => key !== undefined),
    'who comes while it is being asked for is not refused',
  );
  assert.equal(state.questions, 2);
  for (let index = 0; index < 100; index += 1) assert.equal(await keys.find(address, `made up ${index}`, 'ES256'), undefined);
  assert.equal(state.questions, 2);
  clock.advance(6);
  await Promise.all(Array.from({ length: 100 }, (_, index) => keys.find(address, `made up ${index}`, 'ES256')));
  assert.equal(state.questions, 3);
});

test('quality Q39: of an endless key set the first keys count', async () => {
  const { clock, state, documents } = server();
  const key = ec(undefined);
  state.body = JSON.stringify({ keys: Array.from({ length: 70 }, (_, index) => ({ ...key, kid: `${index}` })) });
  const keys = createRemoteKeys(documents, clock);
  assert.ok(await keys.find(address, '63', 'ES256'));
  assert.equal(await keys.find(address, '64', 'ES256'), undefined);
});
