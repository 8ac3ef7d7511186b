import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { SDJwtVcInstance } from '@sd-jwt/sd-jwt-vc';
import { exportJWK, generateKeyPair } from 'jose';
import type { ClaimPath, ClaimRule } from '../../src/formats/format.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import { type KeyStore, type PublicJwk, type SigningAlgorithm, signingAlgorithms } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { JsonObject } from '../../src/lib/json.ts';
import { didJwkOf } from '../../src/oauth/holder-key.ts';
import { verifyCompact } from '../support/judge-jws.ts';
import { trustedLeaf } from '../support/judge-sd-jwt.ts';

const issuer = 'https://issuer.example/issuers/one';
let folder: string;
let keys: KeyStore;
let root: X509Certificate;
let holderKey: PublicJwk;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-format-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer } };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock: systemClock, issuers });
  root = new X509Certificate(await keys.trustAnchor('one'));
  const { publicKey } = await generateKeyPair('ES256');
  holderKey = { ...(await exportJWK(publicKey)), kid: 'private to the holder', use: 'sig' } as PublicJwk;
});
after(() => rm(folder, { recursive: true, force: true }));

const hasher = (data: string | ArrayBuffer, algorithm: string) =>
  createHash(algorithm.replace('-', ''))
    .update(typeof data === 'string' ? data : Buffer.from(data))
    .digest();

/** The judge: @sd-jwt/sd-jwt-vc for the disclosures, jose for the signature, node's X.509 for the chain; nothing of ours. */
function judge(credential: string): SDJwtVcInstance {
  const { x5c } = JSON.parse(Buffer.from(credential.split('.')[0] ?? '', 'base64url').toString()) as { x5c?: string[] };
  const leaf = x5c && trustedLeaf({ x5c }, root);
  return new SDJwtVcInstance({
    hasher,
    hashAlg: 'sha-256',
    verifier: async (data, signature) => {
      await verifyCompact(`${data}.${signature}`, leaf?.publicKey ?? assert.fail('no certificate'));
      return true;
    },
  });
}

const rule = (path: ClaimPath, disclosure: ClaimRule['disclosure'] = 'selective'): ClaimRule => ({
  path,
  disclosure,
  mandatory: false,
  display: [],
});

async function issue(rules: readonly ClaimRule[], claims: JsonObject, algorithm: SigningAlgorithm = 'ES256', decoys = 3): Promise<string> {
  const profile = sdJwtVc.read(
    { vct: 'card', decoys, algorithm },
    { issuer, version: 1, rules, display: [{ name: 'Card', locale: 'en' }] },
  );
  const [issuedAt, expiresAt] = [new Date('2026-01-01T00:00:00Z'), new Date('2046-01-01T00:00:00Z')];
  assert.deepEqual(sdJwtVc.metadata(profile).credential_signing_alg_values_supported, [algorithm]);
  const signer = await keys.signer('credential:one', sdJwtVc.algorithm(profile));
  const order = { issuer, issuerDid: 'did:web:issuer.example', claims, holder: { jwk: holderKey, did: didJwkOf(holderKey) } };
  return (await sdJwtVc.compile(profile)({ ...order, issuedAt, expiresAt, signer })) as string;
}

const deepRules = [
  rule(['name']),
  rule(['address']),
  rule(['address', 'town']),
  rule(['address', 'lines']),
  rule(['address', 'lines', null]),
  rule(['tongues'], 'always'),
  rule(['tongues', null]),
  rule(['degrees', null, 'grade']),
  rule(['degrees', null]),
  rule(['marks', 1]),
  rule(['grid', null, null]),
];
const deepClaims: JsonObject = {
  name: 'நூர் "نور" 😀',
  address: { town: 'Orsana', lines: ['One', 'Two'], country: 'XO' },
  tongues: ['ta', 'ar', 'ta'],
  degrees: [
    { title: 'BSc', grade: 'A' },
    { title: 'MSc', grade: 'B' },
  ],
  marks: [1, 2, 3],
  grid: [[1, 2], [], [3]],
  empty: {},
  nothing: null,
  portrait: `data:image/png;base64,${'A'.repeat(40_000)}`,
};

for (const algorithm of signingAlgorithms)
  test(`features B44, B45, B48: @sd-jwt/sd-jwt-vc verifies ours signed with ${algorithm}: nested members, elements, all opened and none`, async () => {
    const credential = await issue(deepRules, deepClaims, algorithm);
    const { payload } = await judge(credential).verify(credential);
    const { iss, vct, cnf, exp, iat, _sd_alg, ...rest } = payload as unknown as JsonObject;
    const { 'vct#integrity': integrity, ...opened } = rest;
    assert.deepEqual(opened, deepClaims);
    const { kty, crv, x, y } = holderKey;
    assert.deepEqual([iss, vct, cnf, _sd_alg ?? 'sha-256'], [issuer, `${issuer}/types/card/v1`, { jwk: { kty, crv, x, y } }, 'sha-256']);
    assert.match(String(integrity), /^sha256-[A-Za-z0-9+/]{43}=$/);
    assert.ok(Number(exp) > Number(iat));
    const bare = `${credential.split('~')[0]}~`;
    const shut = (await judge(bare).verify(bare)).payload as unknown as JsonObject;
    const { tongues, grid, empty, nothing, marks } = shut as Record<string, unknown>;
    assert.deepEqual(
      [tongues, grid, empty, nothing, marks],
      [[], [[], [], []], {}, null, [1, 3]],
      'what may be kept back is gone without a trace',
    );
    for (const hidden of ['name', 'address']) assert.ok(!(hidden in shut), hidden);
  });

test('features B45: the holder opens one nested value and nothing beside it', async () => {
  const credential = await issue(deepRules, deepClaims);
  const instance = judge(credential);
  const presentable = await instance.presentableKeys(credential);
  for (const key of ['name', 'address', 'address.town', 'address.lines.0', 'tongues.1', 'degrees.0.grade', 'marks.1', 'grid.0.1'])
    assert.ok(presentable.includes(key), `${key} of ${presentable.join(' ')}`);
  const shown = await instance.present(credential, { address: { town: true }, degrees: { 1: { grade: true } } } as never);
  const { payload } = await judge(shown).verify(shown);
  const { address, degrees, tongues, name } = payload as unknown as JsonObject;
  assert.deepEqual([address, degrees, tongues, name], [{ town: 'Orsana', country: 'XO' }, [{ title: 'MSc', grade: 'B' }], [], undefined]);
});

test('standards SD-5, SD-6: two copies for one holder share no digest, no salt and no order; decoys look like digests', async () => {
  const [first, second] = await Promise.all([issue(deepRules, deepClaims), issue(deepRules, deepClaims)]);
  const digestsOf = (credential = '') => {
    const body = JSON.parse(Buffer.from(credential.split('.')[1] ?? '', 'base64url').toString()) as { _sd: string[] };
    const salts = credential
      .split('~')
      .slice(1, -1)
      .map((text) => (JSON.parse(Buffer.from(text, 'base64url').toString()) as [string])[0]);
    return { digests: body._sd, salts };
  };
  const [a, b] = [digestsOf(first), digestsOf(second)];
  assert.equal(a.digests.length, 2 + 3, 'two hidden members and three decoys');
  assert.ok(a.digests.every((digest) => /^[A-Za-z0-9_-]{43}$/.test(digest)));
  assert.equal(new Set([...a.digests, ...b.digests]).size, 10);
  assert.equal(new Set([...a.salts, ...b.salts]).size, a.salts.length + b.salts.length);
  assert.ok(a.salts.every((salt) => Buffer.from(salt, 'base64url').byteLength >= 16));
});

test('features B44: one altered character anywhere in the signed part is noticed by the judge', async () => {
  const credential = await issue([rule(['name'])], { name: 'Noor' });
  const [head = '', body = '', rest = ''] = credential.split('.');
  const forged = JSON.parse(Buffer.from(body, 'base64url').toString()) as JsonObject;
  const altered = [head, Buffer.from(JSON.stringify({ ...forged, exp: 9_999_999_999 })).toString('base64url'), rest].join('.');
  await assert.rejects(judge(altered).verify(altered));
  const foreign = credential.replace(/~[^~]+~$/, `~${Buffer.from('["saltsaltsaltsaltsalt","name","Eve"]').toString('base64url')}~`);
  const taken = await judge(foreign)
    .verify(foreign)
    .then(
      ({ payload }) => (payload as unknown as JsonObject).name,
      () => 'refused',
    );
  assert.notEqual(taken, 'Eve');
});
