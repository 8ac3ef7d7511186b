import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { JWK } from 'jose';
import { create as createQr } from 'qrcode';
import { ClaimFault, ProfileFault } from '../../src/formats/format.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { readCredentialType } from '../../src/issuer/credential-type.ts';
import { alphanumericCapacity } from '../../src/issuer/qr/qr-capacity.ts';
import { compileQrCodes } from '../../src/issuer/qr/qr-codes.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { KeyStore } from '../../src/keys/keys.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import { compact } from '../hostile/token-mutants.ts';
import { type IssuerStage, makeTestKey, openIssuerStage } from '../support/issuer-stage.ts';
import { readClaim169 } from '../support/judge-claim169.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';

const issuer = 'https://issuer.example/issuers/civil';
const purpose = 'credential:civil';
const statement = { issuer, issuedAt: new Date('2026-11-27T00:00:00Z'), expiresAt: new Date('2028-11-27T00:00:00Z') };
const moment = { now: new Date('2026-11-27T09:00:00Z'), expiresAt: statement.expiresAt };
const claim = (name: string): Json => ({ $claim: name });
const identity = {
  path: ['claim169', 'identity'],
  algorithm: 'ES256',
  version: 25,
  errorCorrection: 'L',
  attributes: {
    'Full Name': { value: claim('name'), maximumBytes: 120 },
    'Date Of Birth': { value: claim('born') },
    Gender: { value: { $call: 'lookup', args: [claim('sex'), { f: 'Female', m: 'Male' }] } },
    Nationality: { value: claim('country'), maximumBytes: 2 },
  },
} as const;
const face = {
  path: ['claim169', 'face'],
  algorithm: 'EdDSA',
  version: 40,
  errorCorrection: 'M',
  attributes: { Face: { value: claim('portrait'), maximumBytes: 1200 }, 'Full Name': { value: claim('name'), maximumBytes: 120 } },
} as const;
const portrait = randomBytes(1200);
const values = {
  name: 'நூர் "Noor" 😀',
  born: '1988-03-27',
  sex: 'f',
  country: 'XO',
  portrait: `data:image/webp;base64,${portrait.toString('base64')}`,
};

let folder = '';
let keys: KeyStore;
let published: readonly JWK[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-claim169-'));
  const authority = { commonName: 'Office', organisation: 'Office', country: 'XO', identifier: issuer };
  keys = await createFileKeyStore({
    folder: join(folder, 'keys'),
    keyEncryptionKey: randomBytes(32),
    clock: systemClock,
    issuers: { civil: authority },
  });
  for (const algorithm of ['ES256', 'EdDSA'] as const) await keys.signer(purpose, algorithm);
  published = (await keys.published(purpose)) as readonly JWK[];
});
after(() => rm(folder, { recursive: true, force: true }));

const compile = (settings: unknown) => compileQrCodes(settings as never, issuer);

async function seal(settings: unknown, known: JsonObject): Promise<string | undefined> {
  const [code] = compile([settings]);
  assert.ok(code);
  return code.seal(await keys.signer(purpose, code.algorithm), statement, known, moment);
}

test('features B57, standards QR-1, QR-2, QR-3, QR-5: readers that are not ours find name, date and face in codes of two algorithms', async () => {
  const first = await readClaim169((await seal(identity, values)) ?? '', published);
  assert.equal(first.algorithm, -7);
  assert.deepEqual(
    [...first.claims.keys()].sort((a, b) => a - b),
    [1, 4, 6, 169],
  );
  assert.deepEqual([first.claims.get(1), first.claims.get(6)], [issuer, statement.issuedAt.getTime() / 1000]);
  assert.equal(first.claims.get(4), statement.expiresAt.getTime() / 1000);
  assert.deepEqual(
    [...first.identity],
    [
      [4, values.name],
      [8, '19880327'],
      [9, 2],
      [13, 'XO'],
    ],
  );
  const second = await readClaim169((await seal(face, values)) ?? '', published);
  assert.equal(second.algorithm, -8);
  const [record] = second.identity.get(62) as ReadonlyMap<number, unknown>[];
  assert.deepEqual([record?.get(1), record?.get(2), Buffer.from(record?.get(0) as Uint8Array)], [0, 4, portrait]);
  const photo = { ...face, attributes: { 'Binary Image': { value: claim('portrait'), maximumBytes: 1200 } } };
  const third = await readClaim169((await seal(photo, values)) ?? '', published);
  assert.deepEqual([Buffer.from(third.identity.get(16) as Uint8Array), third.identity.get(17)], [portrait, 4]);
  // What the registry does not know is left out; with nothing left there is no code.
  const { identity: little } = await readClaim169((await seal(identity, { name: 'N' })) ?? '', published);
  assert.deepEqual([...little], [[4, 'N']]);
  assert.equal(await seal(identity, {}), undefined);
});

test('standards QR-4: the capacities are those another library knows, and a code of the worst values fits where its type says', async () => {
  for (const level of ['L', 'M', 'Q', 'H'] as const)
    for (const version of [1, 2, 7, 9, 10, 18, 26, 27, 33, 40]) {
      const most = alphanumericCapacity(version, level);
      const { segments } = createQr('A'.repeat(most), { version, errorCorrectionLevel: level });
      assert.equal(segments[0]?.mode.id, 'Alphanumeric');
      assert.throws(() => createQr('A'.repeat(most + 1), { version, errorCorrectionLevel: level }), `${version} ${level}`);
    }
  for (const settings of [identity, face]) {
    const worst = { ...values, name: randomBytes(60).toString('hex') };
    const text = (await seal(settings, worst)) ?? '';
    assert.match(text, /^[0-9A-Z $%*+\-./:]+$/);
    assert.equal(createQr(text, { version: settings.version, errorCorrectionLevel: settings.errorCorrection }).version, settings.version);
  }
});

test('standards QR-4, features B57: a code that may not fit, or has no place, is refused when its type is saved', async () => {
  const document = (qr: readonly unknown[], claims: readonly (readonly string[])[] = [['name'], ['claim169']]) => ({
    id: 'Card',
    version: 1,
    state: 'published',
    scope: 'card',
    format: 'dc+sd-jwt',
    profile: { vct: 'card' },
    validityDays: 30,
    display: [{ name: 'Card', locale: 'en' }],
    claims: claims.map((path) => ({ path, mandatory: false, disclosure: 'selective', display: [] })),
    mapping: { name: claim('name') },
    qr,
  });
  const type = await readCredentialType(document([identity, face]) as never, issuer, [sdJwtVc]);
  assert.deepEqual([...(type?.mapping.names ?? [])].sort(), ['born', 'country', 'name', 'portrait', 'sex']);
  const changed = (more: object) => ({ ...identity, ...more });
  const attributes = (more: object) => changed({ attributes: { ...identity.attributes, ...more } });
  for (const [what, qr, pointer] of [
    ['too small a code', [changed({ version: 8 })], '/qr/0'],
    ['too much for any', [identity, { ...face, errorCorrection: 'H' }], '/qr/1'],
    ['an attribute nobody knows', [attributes({ Shoes: { value: 'x', maximumBytes: 2 } })], '/qr/0/attributes/Shoes'],
    ['no bound', [attributes({ Address: { value: 'x' } })], '/qr/0/attributes/Address/maximumBytes'],
    ['a bound of its own', [attributes({ Gender: { value: 1, maximumBytes: 1 } })], '/qr/0/attributes/Gender/maximumBytes'],
    ['twice', [attributes({ 'date of birth': { value: 'x' } })], '/qr/0/attributes/date of birth'],
    ['code in a value', [attributes({ Address: { value: { $eval: '1' }, maximumBytes: 9 } })], '/qr/0/attributes/Address/value/$eval'],
    ['a taken place', [changed({ path: ['name'] })], '/qr/0/path'],
    ['a place inside a value', [changed({ path: ['name', 'code'] })], '/qr/0/path'],
    ['two in one place', [identity, identity], '/qr/1/path'],
    ['another algorithm', [changed({ algorithm: 'RS256' })], '/qr/0/algorithm'],
  ] as const)
    await assert.rejects(
      readCredentialType(document(qr) as never, issuer, [sdJwtVc]),
      (fault: unknown) => fault instanceof ProfileFault && fault.pointer.startsWith(pointer),
      what,
    );
  await assert.rejects(readCredentialType(document([identity], [['name']]) as never, issuer, [sdJwtVc]), /claim169: is made but described/);
});

test('features B57: a value that does not fit refuses the credential by the name of its attribute, and says nothing of the value', async () => {
  for (const [attribute, known] of [
    ['Full Name', { name: 'canary'.repeat(30) }],
    ['Full Name', { name: ['canary'] }],
    ['Date Of Birth', { born: 'canary' }],
    ['Date Of Birth', { born: '1988' }],
    ['Nationality', { country: 'canary' }],
  ] as const)
    await assert.rejects(
      seal(identity, known as JsonObject),
      (fault: unknown) =>
        fault instanceof ClaimFault && fault.message.startsWith(`${attribute} of the QR code`) && !/canary/.test(fault.message),
    );
  for (const picture of [`data:image/png;base64,${randomBytes(1201).toString('base64')}`, 'data:image/svg+xml;base64,AAAA', 'canary'])
    await assert.rejects(seal(face, { portrait: picture }), ClaimFault);
});

test('features B57: a type with a code issues it among its claims, under a key that the issuer publishes', async (t) => {
  const card = JSON.parse(await readFile(new URL('../../examples/demo/types/farmer-card.json', import.meta.url), 'utf8'));
  const qr = {
    ...identity,
    path: ['claim169', 'identity'],
    algorithm: 'EdDSA',
    attributes: {
      'Full Name': { value: card.mapping.full_name, maximumBytes: 100 },
      'Date of Birth': { value: claim('birthdate') },
    },
  };
  const rule = { path: ['claim169'], mandatory: false, disclosure: 'selective', display: [] };
  const file = join(folder, 'farmer.json');
  await writeFile(
    file,
    JSON.stringify({
      ...card,
      id: 'CardWithCode',
      scope: 'with_code',
      profile: { vct: 'with-code' },
      claims: [...card.claims, rule],
      qr: [qr],
    }),
  );
  const stage: IssuerStage = await openIssuerStage({}, [file]);
  t.after(() => stage.close());
  const holder = await makeTestKey();
  const { c_nonce: nonce } = (await (await fetch(`${stage.issuer}/nonce`, { method: 'POST' })).json()) as { c_nonce: string };
  const claims = { iss: 'wallet', aud: stage.issuer, iat: Math.floor(Date.now() / 1000), nonce };
  const proof = compact({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: holder.publicJwk }, claims, holder.key);
  const answer = await fetch(`${stage.issuer}/credential`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.token('4022802715', { scope: 'with_code' })}` },
    body: JSON.stringify({ credential_configuration_id: 'CardWithCode', proofs: { jwt: [proof] } }),
  });
  const issued = (await answer.json()) as { credentials: { credential: string }[] };
  assert.equal(answer.status, 200, JSON.stringify(issued));
  const shown = await verifySdJwtVc(issued.credentials[0]?.credential ?? '', new URL(`${stage.issuer}/trust-anchor.cer`));
  const { keys: jwks } = (await (await fetch(`${stage.issuer}/jwks.json`)).json()) as { keys: JWK[] };
  const read = await readClaim169((shown.claim169 as { identity: string }).identity, jwks);
  assert.deepEqual(
    [...read.identity],
    [
      [4, 'Amina Kareem'],
      [8, '19880327'],
    ],
  );
  assert.equal(read.claims.get(1), stage.issuer);
});
