import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFileKeyStore } from '../../keys/file/file-key-store.ts';
import type { KeyStore, PublicJwk, SigningAlgorithm } from '../../keys/keys.ts';
import { movableClock, numericDate } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { didJwkOf } from '../../oauth/holder-key.ts';
import type { Order } from '../format.ts';
import { jwtVcJson } from '../jwt-vc-json/jwt-vc-json.ts';
import { CredentialFault, type Expectation } from './credential-reader.ts';
import { jwtVcJsonReader } from './jwt-vc-json.ts';
import { findReader } from './readers.ts';

const issuer = 'https://office.example:8443/issuers/library';
const issuerDid = 'did:web:office.example%3A8443:issuers:library';
const clock = movableClock(new Date('2026-11-22T14:06:00Z'));
const claims = { name: 'Ælfrīc 𝒜', address: { street: 'Well Lane', id: 'inner' }, classes: ['A', 'B'] };
const models = ['1.1', '2.0'] as const;
type Model = (typeof models)[number];

let folder = '';
let keys: KeyStore;
let holder: Order['holder'] & { readonly jwk: PublicJwk; readonly did: string };
let expectation: Expectation;

const profileOf = (dataModel: Model, algorithm: SigningAlgorithm = 'ES256') =>
  jwtVcJson.read(
    { dataModel, types: ['Card'], algorithm },
    { issuer, version: 1, display: [], rules: [{ path: ['name'], mandatory: true, disclosure: 'always', display: [] }] },
  );

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-reader-'));
  const name = (identifier: string) => ({ commonName: 'Library', organisation: 'City', country: 'XO', identifier });
  const issuers = { library: name(issuer), other: name('https://other.example') };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: new Uint8Array(32).fill(1), clock, issuers });
  const { x, y } = (await keys.signer('wallet-client')).publicJwk;
  const jwk: PublicJwk = { kty: 'EC', crv: 'P-256', x, y: String(y) };
  holder = { jwk, did: didJwkOf(jwk) };
  expectation = {
    issuer,
    configuration: jwtVcJson.metadata(profileOf('2.0')),
    holderKey: jwk,
    trustAnchor: Uint8Array.from(await keys.trustAnchor('library')),
    now: clock.now(),
  };
});
after(() => rm(folder, { recursive: true, force: true }));

async function issue(dataModel: Model, changes: Partial<Order> = {}, algorithm: SigningAlgorithm = 'ES256'): Promise<string> {
  const signer = await keys.signer('credential:library', algorithm);
  const order = { issuer, issuerDid, claims, holder, issuedAt: clock.now(), signer };
  return String(await jwtVcJson.compile(profileOf(dataModel, algorithm))({ ...order, ...changes }));
}

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
const read = (text = '') => JSON.parse(Buffer.from(text, 'base64url').toString()) as JsonObject;

/** A credential with changes, signed with the real document signer. */
async function forge(dataModel: Model, change: (payload: JsonObject) => JsonObject, header: JsonObject = {}): Promise<string> {
  const [head, body] = (await issue(dataModel)).split('.');
  const input = `${part({ ...read(head), ...header })}.${part(change(read(body)))}`;
  const signer = await keys.signer('credential:library');
  return `${input}.${Buffer.from(await signer.sign(Buffer.from(input))).toString('base64url')}`;
}
/** Changes to the credential itself, wherever its data model keeps it. */
const inCredential = (dataModel: Model, changes: JsonObject) =>
  forge(dataModel, (payload) =>
    dataModel === '2.0' ? { ...payload, ...changes } : { ...payload, vc: { ...(payload['vc'] as JsonObject), ...changes } },
  );
const refused = (credential: unknown, why: RegExp, more: Partial<Expectation> = {}) =>
  assert.rejects(jwtVcJsonReader.read(credential, { ...expectation, ...more }), (fault: unknown) => {
    assert.ok(fault instanceof CredentialFault, String(fault));
    assert.match(fault.message, why);
    return true;
  });

for (const dataModel of models)
  for (const algorithm of ['ES256', 'EdDSA', 'ES384'] as const)
    test(`features B47, B48, E12: a good credential of VCDM ${dataModel} signed with ${algorithm} is read`, async () => {
      const expiresAt = new Date('2027-01-01T00:00:00Z');
      const credential = await issue(dataModel, { expiresAt }, algorithm);
      const seen = await jwtVcJsonReader.read(credential, expectation);
      const times = [seen.issuedAt, seen.validFrom, seen.validUntil].map((date) => date?.toISOString());
      assert.deepEqual(times, [clock.now().toISOString(), clock.now().toISOString(), expiresAt.toISOString()]);
      assert.deepEqual([seen.claims, seen.format, seen.type, seen.algorithm], [claims, 'jwt_vc_json', 'Card', algorithm]);
      assert.equal(findReader(expectation.configuration), jwtVcJsonReader);
    });

test('features B47: claims that the metadata describes are found below the subject', () => {
  assert.deepEqual(jwtVcJsonReader.placeOf?.(jwtVcJson.claimPath(profileOf('1.1'), ['address', 'street']) ?? []), ['address', 'street']);
  assert.deepEqual(jwtVcJsonReader.placeOf?.(['issuer', 'name']), ['issuer', 'name']);
});

for (const dataModel of models) {
  test(`features E12: every flipped character of VCDM ${dataModel} is noticed`, async () => {
    const credential = await issue(dataModel);
    for (let index = 0; index < 60; index += 1) {
      const place = Math.floor((index * credential.length) / 60);
      const changed = credential[place] === 'A' ? 'B' : 'A';
      await refused(credential.slice(0, place) + changed + credential.slice(place + 1), /./);
    }
  });

  test(`features E12, standards WL-6: VCDM ${dataModel} of another holder, type, issuer or time is refused`, async () => {
    const other = (await keys.signer('access-token')).publicJwk;
    await refused(await issue(dataModel, { holder: { jwk: other, did: didJwkOf(other) } }), /another key/);
    await refused(await issue(dataModel, { holder: { ...holder, did: 'did:key:zDnaeq' } }), /another key/);
    await refused(await issue(dataModel, { holder: { ...holder, did: 'did:jwk:eyJ4' } }), /another key/);
    const { holder: _, ...unbound } = { holder, issuer };
    await refused(await issue(dataModel, { ...unbound, holder: undefined as never }), /another key/);
    await refused(await inCredential(dataModel, { type: ['VerifiableCredential', 'Other'] }), /another type/);
    await refused(await inCredential(dataModel, { type: ['VerifiableCredential', 'Card', 'Admin'] }), /another type/);
    await refused(await inCredential(dataModel, { type: 'VerifiableCredential' }), /another type/);
    await refused(await issue(dataModel, { issuerDid: 'did:web:evil.example' }), /another issuer/);
    await refused(await inCredential(dataModel, { '@context': ['https://evil.example'] }), /another data model/);
    await refused(await inCredential(dataModel, { '@context': undefined as never }), /another data model/);
    await refused(await inCredential(dataModel, { credentialSubject: [{ id: holder.did }] }), /another key|contradicts/);
    await refused(await issue(dataModel, { expiresAt: new Date(clock.now().getTime() - 120_000) }), /no longer valid/);
    const tomorrow = numericDate(clock.now()) + 86_400;
    await refused(await forge(dataModel, (payload) => ({ ...payload, iat: tomorrow })), /future/);
    await refused(await forge(dataModel, (payload) => ({ ...payload, exp: 'never' })), /no time/);
  });

  test(`features E12: the JWT around VCDM ${dataModel} may not contradict it`, async () => {
    for (const lie of [
      { iss: 'did:web:evil.example' },
      { sub: 'did:jwk:e30' },
      { jti: 'urn:uuid:1' },
      { exp: 4_000_000_000 },
      { nbf: 1 },
    ]) {
      // In VCDM 1.1 an end that only the JWT knows is the end; one that the credential knows otherwise is a lie.
      const base = dataModel === '1.1' && 'exp' in lie ? { expirationDate: '2030-01-01T00:00:00Z' } : {};
      const told = (payload: JsonObject) => ({
        ...payload,
        ...lie,
        ...('vc' in payload ? { vc: { ...(payload['vc'] as JsonObject), ...base } } : {}),
      });
      await refused(await forge(dataModel, told), /contradicts/);
    }
  });

  test(`features E12: another algorithm, typ or extension, and no chain, are refused for VCDM ${dataModel}`, async () => {
    const same = (payload: JsonObject) => payload;
    for (const alg of ['none', 'HS256', 'EdDSA', 'ES384', '__proto__', 1])
      await refused(await forge(dataModel, same, { alg }), /algorithm/);
    for (const typ of ['jwt', 'dc+sd-jwt', 'openid4vci-proof+jwt']) await refused(await forge(dataModel, same, { typ }), /another typ/);
    await refused(await forge(dataModel, same, { crit: ['x'] }), /extension/);
    for (const x5c of [[], ['AQ=='], [1], 'x'])
      await refused(await forge(dataModel, same, { x5c: x5c as JsonObject[string] }), /certificate|signer/);
    const swapped = dataModel === '1.1' ? 'vc+jwt' : 'JWT';
    await refused(await forge(dataModel, same, { typ: swapped }), /credential in/);
  });
}

test('features E12: garbage, and a certificate of the same root that speaks for another issuer, are refused', async () => {
  for (const garbage of [undefined, {}, '', 'a.b', 'a.b.c', 'a.b.c.d', `${'a'.repeat(1024 * 1024)}.b.c`]) await refused(garbage, /./);
  await refused(await issue('2.0'), /certificate of another issuer/, { issuer: `${issuer}/other` });
  const root = { trustAnchor: Uint8Array.from(await keys.trustAnchor('other')) };
  for (const algorithm of ['ES256', 'EdDSA', 'ES384'] as const)
    await refused(await issue('2.0', {}, algorithm), /another issuer|wrong signature/, root);
});
