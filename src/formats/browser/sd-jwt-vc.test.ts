import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFileKeyStore } from '../../keys/file/file-key-store.ts';
import type { KeyStore, PublicJwk, Signer } from '../../keys/keys.ts';
import { movableClock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { didJwkOf } from '../../oauth/holder-key.ts';
import { sdJwtVc } from '../sd-jwt-vc/sd-jwt-vc.ts';
import { CredentialFault, type Expectation } from './credential-reader.ts';
import { findReader } from './readers.ts';
import { sdJwtVcReader } from './sd-jwt-vc.ts';

const issuer = 'https://office.example/issuers/library';
const clock = movableClock(new Date('2026-11-22T14:06:00Z'));
const profile = sdJwtVc.read(
  { vct: 'card', decoys: 2 },
  {
    issuer,
    version: 1,
    display: [],
    rules: [
      { path: ['name'], mandatory: true, disclosure: 'selective', display: [] },
      { path: ['address'], mandatory: true, disclosure: 'selective', display: [] },
      { path: ['address', 'street'], mandatory: true, disclosure: 'selective', display: [] },
      { path: ['classes', null], mandatory: true, disclosure: 'selective', display: [] },
    ],
  },
);
const claims = { name: 'Ælfrīc 𝒜', address: { street: 'Well Lane', town: 'Orsana' }, classes: ['A', 'B'], open: true };

let folder = '';
let keys: KeyStore;
let holder: PublicJwk;
let expectation: Expectation;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-reader-'));
  const name = (identifier: string) => ({ commonName: 'Library', organisation: 'City', country: 'XO', identifier });
  const issuers = { library: name(issuer), other: name('https://other.example') };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: new Uint8Array(32).fill(1), clock, issuers });
  const { x, y } = (await keys.signer('wallet-client')).publicJwk;
  holder = { kty: 'EC', crv: 'P-256', x, y: String(y) };
  expectation = {
    issuer,
    configuration: sdJwtVc.metadata(profile),
    holderKey: holder,
    trustAnchor: Uint8Array.from(await keys.trustAnchor('library')),
    now: clock.now(),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

async function issue(more: Partial<Parameters<ReturnType<typeof sdJwtVc.compile>>[0]> = {}): Promise<string> {
  const signer = await keys.signer('credential:library');
  const order = { issuer, issuerDid: 'did:web:library.example', claims, holder: { jwk: holder, did: didJwkOf(holder) } };
  return String(await sdJwtVc.compile(profile)({ ...order, issuedAt: clock.now(), signer, ...more }));
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** Signs any header and payload with the real document signer. */
async function forge(payload: JsonObject, header: JsonObject = {}, disclosures: readonly string[] = []): Promise<string> {
  const signer: Signer = await keys.signer('credential:library');
  const x5c = signer.certificates.map((der) => Buffer.from(der).toString('base64'));
  const base = { iss: issuer, vct: profile.vct, cnf: { jwk: { ...holder } }, iat: clock.now().getTime() / 1000 };
  const input = `${part({ alg: 'ES256', typ: 'dc+sd-jwt', x5c, ...header })}.${part({ ...base, ...payload })}`;
  const signature = Buffer.from(await signer.sign(Buffer.from(input))).toString('base64url');
  return `${input}.${signature}~${disclosures.map((text) => `${text}~`).join('')}`;
}
const digest = (text: string) => createHash('sha256').update(text).digest('base64url');
const refused = (credential: unknown, why: RegExp, more: Partial<Expectation> = {}) =>
  assert.rejects(sdJwtVcReader.read(credential, { ...expectation, ...more }), (fault: unknown) => {
    assert.ok(fault instanceof CredentialFault, String(fault));
    assert.match(fault.message, why);
    return true;
  });

test('features A24, E12: a good credential is read, nested and element disclosures put in place, decoys gone', async () => {
  const read = await sdJwtVcReader.read(await issue(), expectation);
  assert.deepEqual(read.claims, { ...claims });
  assert.deepEqual([read.format, read.type, read.issuedAt?.toISOString()], ['dc+sd-jwt', profile.vct, clock.now().toISOString()]);
  assert.equal(findReader(expectation.configuration), sdJwtVcReader);
  assert.equal(findReader({ format: 'toString' }), undefined);
});

test('features B48, A24: a credential of a type that asks for ES384 or EdDSA is read; one by RSA is for other wallets', async () => {
  for (const algorithm of ['ES384', 'EdDSA', 'PS256'] as const) {
    const other = sdJwtVc.read({ vct: 'card', algorithm }, { issuer, version: 1, display: [], rules: [] });
    const signer = await keys.signer('credential:library', algorithm);
    const order = { issuer, issuerDid: 'did:web:library.example', claims, holder: { jwk: holder, did: didJwkOf(holder) } };
    const credential = await sdJwtVc.compile(other)({ ...order, issuedAt: clock.now(), signer });
    if (algorithm === 'PS256') await refused(credential, /algorithm/);
    else assert.equal((await sdJwtVcReader.read(credential, expectation)).algorithm, algorithm);
  }
});

test('features E12: every flipped character of the signed part is noticed', async () => {
  const credential = await issue();
  const [jwt = ''] = credential.split('~');
  const places = Array.from({ length: 60 }, (_, index) => Math.floor((index * jwt.length) / 60));
  for (const place of places) {
    const changed = jwt[place] === 'A' ? 'B' : 'A';
    await refused(jwt.slice(0, place) + changed + credential.slice(place + 1), /./);
  }
});

test('features E12: a disclosure that was changed, doubled, added or cut is noticed', async () => {
  const credential = await issue();
  const [jwt, first = '', ...rest] = credential.split('~').slice(0, -1);
  const value = JSON.parse(Buffer.from(first, 'base64url').toString()) as unknown[];
  const changed = part([...value.slice(0, -1), 'Somebody Else']);
  await refused(`${[jwt, changed, ...rest].join('~')}~`, /nothing refers to/);
  await refused(`${[jwt, first, first, ...rest].join('~')}~`, /twice/);
  await refused(`${[jwt, first, ...rest, part(['salt', 'admin', true])].join('~')}~`, /nothing refers to/);
  await refused([jwt, first, ...rest].join('~'), /end where it should/);
  await refused(`${credential}${jwt}`, /end where it should/);
});

test('features E12: disclosures cannot stand in for members of the encoding, or for what stands open', async () => {
  const hide = (text: string) => forge({ _sd: [digest(text)], open: 1 }, {}, [text]);
  await refused(await hide(part(['s', 'exp', 4_000_000_000])), /hidden member/);
  await refused(await hide(part(['s', 'open', 2])), /stands there already/);
  await refused(await hide(part(['s', '_sd', []])), /cannot be disclosed/);
  await refused(await hide(part(['s', 2])), /element where a member/);
  const text = part(['s', 'name', 'x']);
  await refused(await forge({ _sd: [digest(text), digest(text)] }, {}, [text]), /digest that cannot be used/);
  await refused(await forge({ list: [{ '...': digest(text) }] }, {}, [text]), /member where an element/);
  await refused(await forge({ _sd_alg: 'md5' }), /another hash/);
});

test('features E12, standards WL-6: another key, type, issuer or time is refused', async () => {
  const other = await keys.signer('access-token');
  await refused(await issue({ holder: { jwk: other.publicJwk, did: didJwkOf(other.publicJwk) } }), /another key/);
  await refused(await forge({ cnf: { jwk: null } }), /another key/);
  await refused(await forge({ vct: 'https://evil.example/type' }), /another type/);
  await refused(await forge({ iss: 'https://other.example' }), /another issuer/);
  await refused(await issue({ expiresAt: new Date(clock.now().getTime() - 120_000) }), /no longer valid/);
  await refused(await issue({ issuedAt: new Date(clock.now().getTime() + 120_000) }), /future/);
  await refused(await forge({ exp: 'never' }), /no time/);
});

test('features E12: another algorithm, type of token or extension is refused before any key is used', async () => {
  await refused(await forge({}, { alg: 'none' }), /algorithm/);
  await refused(await forge({}, { alg: 'HS256' }), /algorithm/);
  await refused(await forge({}, { typ: 'JWT' }), /another typ/);
  await refused(await forge({}, { crit: ['x'] }), /extension/);
  for (const garbage of [undefined, {}, '', '~', 'a.b.c~', `${'a'.repeat(1024 * 1024)}~`]) await refused(garbage, /./);
});

test('standards SD-1: the chain must lead from one document signer to the pinned root, in their time', async () => {
  const credential = await issue();
  await refused(credential, /another issuer|wrong signature/, { trustAnchor: Uint8Array.from(await keys.trustAnchor('other')) });
  await refused(credential, /outside its time/, { now: new Date('2040-01-01') });
  await refused(credential, /outside its time/, { now: new Date('2020-01-01') });
  const root = Buffer.from(await keys.trustAnchor('library')).toString('base64');
  await refused(await forge({}, { x5c: [root] }), /another purpose/);
  await refused(await forge({}, { x5c: [] }), /document signer/);
  const stranger = (await keys.signer('credential:other')).certificates.map((der) => Buffer.from(der).toString('base64'));
  await refused(await forge({}, { x5c: stranger }), /another issuer|wrong signature/);
  const signer = (await keys.signer('credential:library')).certificates[0] ?? new Uint8Array();
  for (let place = 0; place < signer.length; place += 7) {
    const changed = Buffer.from(signer);
    changed[place] = (changed[place] ?? 0) ^ 1;
    await refused(await forge({}, { x5c: [changed.toString('base64')] }), /./);
  }
  await refused(await forge({}, { x5c: [Buffer.from(signer.subarray(0, -1)).toString('base64')] }), /cut off|structure/);
});

test('standards SD-1: a certificate of the same root that speaks for another issuer signs nothing here', async () => {
  await refused(await issue({ issuer: `${issuer}/other` }), /certificate of another issuer/, { issuer: `${issuer}/other` });
});
