import assert from 'node:assert/strict';

import { after, before, test } from 'node:test';
import { deflateRawSync } from 'node:zlib';
import { CompactEncrypt, compactDecrypt, decodeProtectedHeader, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { MessageEncryptionPolicy } from '../../src/issuer/message-encryption.ts';
import { encryptDeflated } from '../support/deflated-jwe.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';

const policies: Readonly<Record<string, MessageEncryptionPolicy>> = { civil: 'optional', academy: 'required' };
let nodes: IssuerNodes;
let holder: TestKey;
let wallet: { readonly privateKey: CryptoKey; readonly jwk: JWK };

before(async () => {
  nodes = await openIssuerNodes(2, (options) => ({
    ...options,
    config: options.config.map((issuer) => ({ ...issuer, messageEncryption: policies[issuer.name] ?? 'off' })),
  }));
  holder = await makeTestKey();
  nodes.people.set('canary-id-1', { outcome: 'known', claims: { name: 'Noor', town: 'Canary-Town', tongues: ['a'], notes: [] } });
  const { privateKey, publicKey } = await generateKeyPair('ECDH-ES', { crv: 'P-256', extractable: true });
  wallet = { privateKey: privateKey as CryptoKey, jwk: { ...(await exportJWK(publicKey)), kid: 'mine', alg: 'ECDH-ES', use: 'enc' } };
});
after(() => nodes?.close());

type Metadata = Record<string, { jwks: { keys: JWK[] }; encryption_required: boolean; enc_values_supported: string[] }>;
const metadataOf = async (issuer: string) =>
  (await (await nodes.ask(`/.well-known/openid-credential-issuer/issuers/${issuer}`)).json()) as Metadata;

async function requestKey(issuer: string): Promise<JWK> {
  const [key] = (await metadataOf(issuer)).credential_request_encryption?.jwks.keys ?? [];
  assert.ok(key);
  return key;
}

async function encrypt(
  body: unknown,
  key: JWK,
  { enc = 'A256GCM', alg = 'ECDH-ES', kid = key.kid }: Record<string, string | undefined> = {},
) {
  const header = { alg, enc, ...(kid ? { kid } : {}) };
  return new CompactEncrypt(Buffer.from(JSON.stringify(body))).setProtectedHeader(header).encrypt(await importJWK(key, alg));
}

async function send(body: string, mediaType: string, { issuer = 'civil', token = '', node = 0 } = {}) {
  const authorization = `Bearer ${token || (await nodes.token('canary-id-1', {}, issuer))}`;
  const init = { method: 'POST', body, headers: { 'content-type': mediaType, authorization } };
  const answer = await nodes.ask(`/issuers/${issuer}/credential`, init, node);
  const text = await answer.text();
  const isJson = answer.headers.get('content-type')?.startsWith('application/json');
  return {
    status: answer.status,
    type: answer.headers.get('content-type')?.split(';')[0],
    text,
    error: isJson ? (JSON.parse(text) as { error?: string }).error : '',
  };
}

const bodyOf = async (issuer = 'civil', more: object = {}) => ({
  credential_configuration_id: 'Card',
  proofs: { jwt: [nodes.proof(holder, await nodes.nonce(issuer), issuer)] },
  ...more,
});
const wish = (more: object = {}) => ({ credential_response_encryption: { jwk: wallet.jwk, enc: 'A256GCM', ...more } });

test('features B30, standards V-62, V-63: the metadata name the keys, and only what is taken', async () => {
  const { credential_request_encryption: request, credential_response_encryption: response } = await metadataOf('civil');
  assert.equal(request?.encryption_required, false);
  assert.deepEqual(request?.enc_values_supported, ['A128GCM', 'A256GCM']);
  const keys = request?.jwks.keys ?? [];
  assert.ok(keys.length > 0 && keys.every(({ kid, alg, use, d }) => kid && alg === 'ECDH-ES' && use === 'enc' && d === undefined));
  assert.deepEqual(response, {
    alg_values_supported: ['ECDH-ES'],
    enc_values_supported: ['A128GCM', 'A256GCM'],
    encryption_required: false,
  } as never);
  assert.equal((await metadataOf('academy')).credential_request_encryption?.encryption_required, true);
});

test('features B30, standards V-35, V-39, V-51: jose seals a request and opens the answer, in both content encryptions', async () => {
  for (const enc of ['A128GCM', 'A256GCM']) {
    const sealed = await encrypt(await bodyOf('civil', wish({ enc })), await requestKey('civil'), { enc });
    const answer = await send(sealed, 'application/jwt');
    assert.deepEqual([answer.status, answer.type], [200, 'application/jwt']);
    const header = decodeProtectedHeader(answer.text);
    assert.deepEqual([header.alg, header.enc, header.kid, header.zip], ['ECDH-ES', enc, 'mine', undefined]);
    const { plaintext } = await compactDecrypt(answer.text, wallet.privateKey);
    const { credentials } = JSON.parse(Buffer.from(plaintext).toString()) as { credentials: { credential: string }[] };
    assert.match(credentials[0]?.credential ?? '', /^ey/);
  }
  const plainAnswer = await send(await encrypt(await bodyOf(), await requestKey('civil')), 'application/jwt');
  assert.deepEqual([plainAnswer.status, plainAnswer.type], [200, 'application/json'], 'an answer nobody wanted sealed');
});

test('quality Q6: a retry gets the same credential, sealed anew to the same key; another wish is another request', async () => {
  const token = await nodes.token('canary-id-1');
  const body = await bodyOf('civil', wish());
  const key = await requestKey('civil');
  const answers = [
    await send(await encrypt(body, key), 'application/jwt', { token }),
    await send(await encrypt(body, key), 'application/jwt', { token, node: 1 }),
  ];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200],
  );
  const opened = await Promise.all(
    answers.map(async ({ text }) => Buffer.from((await compactDecrypt(text, wallet.privateKey)).plaintext).toString()),
  );
  assert.equal(opened[0], opened[1]);
  assert.notEqual(answers[0]?.text, answers[1]?.text);
  const other = await exportJWK((await generateKeyPair('ECDH-ES', { crv: 'P-256' })).publicKey);
  const stolen = await send(await encrypt({ ...body, ...wish({ jwk: { ...other, alg: 'ECDH-ES' } }) }, key), 'application/jwt', { token });
  assert.deepEqual([stolen.status, stolen.error], [400, 'invalid_nonce'], 'another key does not get the stored answer');
});

test('standards V-36, V-46, V-52, E-4: each fault of encryption has the one code, and the answer to it is plain JSON', async () => {
  const key = await requestKey('civil');
  const foreign = await exportJWK((await generateKeyPair('ECDH-ES', { crv: 'P-256' })).publicKey);
  const rsa = await exportJWK((await generateKeyPair('RSA-OAEP-256')).publicKey);
  const { alg: _, ...withoutAlg } = wallet.jwk;
  const sealed = (more: object) => bodyOf('civil', more).then((body) => encrypt(body, key));
  const cases: readonly [string, string, string, { issuer?: string }?][] = [
    ['a wish in a plain request', JSON.stringify(await bodyOf('civil', wish())), 'application/json'],
    ['a key without alg', await sealed(wish({ jwk: withoutAlg })), 'application/jwt'],
    ['a signing key', await sealed(wish({ jwk: { ...wallet.jwk, use: 'sig' } })), 'application/jwt'],
    ['another algorithm', await sealed(wish({ jwk: { ...rsa, alg: 'RSA-OAEP-256' } })), 'application/jwt'],
    ['a private key', await sealed(wish({ jwk: { ...wallet.jwk, d: 'AAAA' } })), 'application/jwt'],
    ['another content encryption', await sealed(wish({ enc: 'A128CBC-HS256' })), 'application/jwt'],
    ['compression', await sealed(wish({ zip: 'DEF' })), 'application/jwt'],
    ['no object', await sealed({ credential_response_encryption: 'yes' }), 'application/jwt'],
    ['for a key we do not hold', await encrypt(await bodyOf(), foreign), 'application/jwt'],
    ['in the name of our key', await encrypt(await bodyOf(), foreign, { kid: key.kid }), 'application/jwt'],
    ['a content encryption nobody offered', await encrypt(await bodyOf(), key, { enc: 'A128CBC-HS256' }), 'application/jwt'],
    ['wrapped', await encrypt(await bodyOf(), key, { alg: 'ECDH-ES+A256KW' }), 'application/jwt'],
    ['cut short', (await encrypt(await bodyOf(), key)).slice(0, -4), 'application/jwt'],
    ['no JWE', 'ey.ey.ey', 'application/jwt'],
    ['plain where sealed is required', JSON.stringify(await bodyOf('academy')), 'application/json', { issuer: 'academy' }],
    [
      'no wish where it is required',
      await encrypt(await bodyOf('academy'), await requestKey('academy')),
      'application/jwt',
      { issuer: 'academy' },
    ],
  ];
  for (const [what, body, mediaType, more] of cases) {
    const answer = await send(body, mediaType, more);
    assert.deepEqual([answer.status, answer.error, answer.type], [400, 'invalid_encryption_parameters', 'application/json'], what);
  }
  const all = await encrypt(await bodyOf('academy', wish()), await requestKey('academy'));
  assert.equal((await send(all, 'application/jwt', { issuer: 'academy' })).status, 200);
  assert.equal(
    (await send(all, 'application/jwt', { issuer: 'civil' })).error,
    'invalid_encryption_parameters',
    'a request for the neighbour',
  );
});

test('quality R71: a compressed request is taken, and one that swells is not', async () => {
  const key = await requestKey('civil');
  const good = encryptDeflated(key, deflateRawSync(JSON.stringify(await bodyOf())));
  assert.equal((await send(good, 'application/jwt')).status, 200);
  const bomb = encryptDeflated(key, deflateRawSync(Buffer.alloc(8 * 1024 * 1024, 0x20)));
  assert.ok(bomb.length < 64 * 1024);
  assert.equal((await send(bomb, 'application/jwt')).error, 'invalid_encryption_parameters');
});

test('features B30, B70: after a rotation both keys are named, and a request for either opens', async () => {
  const old = await requestKey('civil');
  await nodes.keys.rotate('request-encryption:civil');
  nodes.clock.advance(120);
  const named = (await metadataOf('civil')).credential_request_encryption?.jwks.keys ?? [];
  assert.ok(named.length > 1 && named.some(({ kid }) => kid === old.kid));
  for (const key of named) assert.equal((await send(await encrypt(await bodyOf(), key), 'application/jwt')).status, 200, String(key.kid));
});
