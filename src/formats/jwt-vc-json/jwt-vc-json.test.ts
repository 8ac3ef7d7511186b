import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Signer } from '../../keys/keys.ts';
import type { Json, JsonObject } from '../../lib/json.ts';
import { randomUrnUuid } from '../../lib/uuid.ts';
import { ClaimFault, type ClaimRule, type Order, ProfileFault, type TypeContext } from '../format.ts';
import { compileEncoder } from './compiled.ts';
import { jwtVcJson } from './jwt-vc-json.ts';
import { encodePlain } from './plain.ts';

const issuerDid = 'did:web:office.example:issuers:one';
const rule = (...path: ClaimRule['path']): ClaimRule => ({ path, mandatory: false, disclosure: 'always', display: [] });
const type = (rules: readonly ClaimRule[] = [rule('name')]): TypeContext => ({
  issuer: 'https://office.example/issuers/one',
  version: 1,
  rules,
  display: [],
});
const signer = (changes: Partial<Signer> = {}): Signer => ({
  algorithm: 'ES256',
  keyId: 'key-one',
  publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
  certificates: [Uint8Array.of(1)],
  sign: async () => new Uint8Array(64),
  ...changes,
});
const holder = { jwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' }, did: 'did:jwk:eyJrdHkiOiJFQyJ9' } as const;
const order = (changes: Partial<Order> = {}): Order => ({
  issuer: 'https://office.example/issuers/one',
  issuerDid,
  claims: { name: 'Noor' },
  holder,
  issuedAt: new Date('2026-01-02T00:00:00Z'),
  expiresAt: new Date('2026-07-01T00:00:00Z'),
  signer: signer(),
  ...changes,
});
const read = (changes: JsonObject = {}) => jwtVcJson.read({ dataModel: '2.0', types: ['Card'], ...changes }, type());
const partsOf = (credential: unknown) =>
  String(credential)
    .split('.')
    .slice(0, 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()) as JsonObject);
const issue = async (profile: JsonObject, changes: Partial<Order> = {}) => partsOf(await jwtVcJson.compile(read(profile))(order(changes)));

// Names that look like array indices are left out: JavaScript moves them to the front of an object, which changes bytes and not meaning.
const name = fc
  .oneof(
    { weight: 20, arbitrary: fc.string({ unit: 'binary', minLength: 1, maxLength: 8 }) },
    { weight: 20, arbitrary: fc.constantFrom('a', 'type', 'ü', '__proto__', 'constructor', '"', 'a@b') },
    { weight: 1, arbitrary: fc.constantFrom('id', '@context', '@id') },
  )
  .filter((text) => !/^\d+$/.test(text));
const leaf = fc.oneof(fc.string({ unit: 'binary' }), fc.integer(), fc.boolean(), fc.constant(null), fc.double({ noNaN: true }));
const tree = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof({ maxDepth: 3 }, leaf, fc.array(tie('tree'), { maxLength: 4 }), fc.dictionary(name, tie('tree'), { maxKeys: 4 })),
})).tree as fc.Arbitrary<Json>;
const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const date = fc.date({ min: new Date(0), max: new Date('2150-01-01'), noInvalidDate: true });
const profiles = fc.record({
  dataModel: fc.constantFrom('1.1' as const, '2.0' as const),
  contexts: fc.uniqueArray(fc.constantFrom('https://office.example/v1', 'https://www.w3.org/ns/credentials/status/v1'), { maxLength: 2 }),
  types: fc.uniqueArray(fc.constantFrom('Card', 'Residence', 'https://office.example/types/"x"'), { minLength: 1 }),
  issuerName: optional(text.filter((entry) => entry.trim() !== '')),
  statusPurposes: fc.constantFrom(['revocation'], ['suspension'], ['revocation', 'suspension'], undefined),
});
const orders = fc.record({
  issuerDid: fc.constantFrom(issuerDid, 'did:web:a%3A1:"'),
  claims: fc.dictionary(name, tree, { maxKeys: 5 }) as fc.Arbitrary<JsonObject>,
  holder: optional(fc.constantFrom(holder, { ...holder, did: 'did:key:zDnaeq' })),
  issuedAt: date,
  expiresAt: optional(date),
  status: optional(fc.record({ uri: fc.webUrl({ withQueryParameters: true }), index: fc.nat() })),
});

function outcomeOf(encode: () => string): string {
  try {
    return encode();
  } catch (fault) {
    assert.ok(fault instanceof ClaimFault, String(fault));
    return 'refused';
  }
}

/** fast-check gives members that are `undefined`; an order and a profile leave them out. */
const clean = <T extends object>(value: T) =>
  Object.fromEntries(Object.entries(value).filter(([, entry]) => entry !== undefined)) as {
    [Name in keyof T]: Exclude<T[Name], undefined>;
  };

test('design D5, features B47: the compiled path gives the bytes of the plain path for any type, any claims and both data models', () => {
  const seen = { written: 0, refused: 0 };
  fc.assert(
    fc.property(profiles, orders, (raw, drawn) => {
      const profile = jwtVcJson.read(
        clean(raw) as JsonObject,
        raw.statusPurposes ? type() : { ...type(), status: 'token_status_list' },
      ) as Parameters<typeof encodePlain>[0];
      const { claims, ...facts } = drawn;
      const { claims: _claims, holder: _holder, expiresAt: _until, ...rest } = order();
      const made: Order = { ...rest, ...clean(facts), claims };
      const id = randomUrnUuid();
      const compiled = outcomeOf(() => compileEncoder(profile)(made, id));
      assert.equal(
        compiled,
        outcomeOf(() => encodePlain(profile, made, id)),
      );
      if (compiled === 'refused') seen.refused += 1;
      else {
        JSON.parse(compiled);
        seen.written += 1;
      }
    }),
    { numRuns: 1500, seed: 20_261_127 },
  );
  assert.ok(seen.written > 1000 && seen.refused > 50, JSON.stringify(seen));
});

test('standards JV-1: VCDM 1.1 stands in the claim vc, and the claims of the JWT say the same as its members', async () => {
  const [header, payload] = await issue({ dataModel: '1.1' });
  assert.deepEqual(header, { alg: 'ES256', typ: 'JWT', kid: `${issuerDid}#key-one`, x5c: ['AQ=='] });
  const { vc, jti, ...registered } = payload as JsonObject & { vc: JsonObject };
  assert.match(String(jti), /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.deepEqual(registered, {
    iss: issuerDid,
    sub: holder.did,
    nbf: Date.UTC(2026, 0, 2) / 1000,
    exp: Date.UTC(2026, 6, 1) / 1000,
  });
  assert.deepEqual(vc, {
    '@context': ['https://www.w3.org/2018/credentials/v1'],
    id: jti,
    type: ['VerifiableCredential', 'Card'],
    issuer: issuerDid,
    issuanceDate: '2026-01-02T00:00:00Z',
    expirationDate: '2026-07-01T00:00:00Z',
    credentialSubject: { id: holder.did, name: 'Noor' },
  });
});

test('standards JV-2, JV-3: VCDM 2.0 is the payload itself, bound by its subject and by cnf', async () => {
  const [header, { id, ...credential } = {}] = await issue({ issuerName: 'Office "One"', contexts: ['https://office.example/v1'] });
  assert.deepEqual(header, { alg: 'ES256', typ: 'vc+jwt', cty: 'vc', kid: `${issuerDid}#key-one`, x5c: ['AQ=='] });
  assert.match(String(id), /^urn:uuid:/);
  assert.deepEqual(credential, {
    '@context': ['https://www.w3.org/ns/credentials/v2', 'https://office.example/v1'],
    type: ['VerifiableCredential', 'Card'],
    issuer: { id: issuerDid, name: 'Office "One"' },
    validFrom: '2026-01-02T00:00:00Z',
    validUntil: '2026-07-01T00:00:00Z',
    credentialSubject: { id: holder.did, name: 'Noor' },
    cnf: { kid: `${holder.did}#0` },
  });
  const [, byKey] = await issue({}, { holder: { ...holder, did: 'did:key:zDnaeq' } });
  assert.deepEqual(byKey?.['cnf'], { kid: 'did:key:zDnaeq#zDnaeq' });
});

test('standards BSL-1, JV-4: a status gives one entry for each purpose, and none without a status', async () => {
  const status = { uri: 'https://office.example/issuers/one/status-lists/7', index: 94_567 };
  const entry = (purpose: string) => ({
    id: `${status.uri}/jwt-es256/${purpose}#94567`,
    type: 'BitstringStatusListEntry',
    statusPurpose: purpose,
    statusListIndex: '94567',
    statusListCredential: `${status.uri}/jwt-es256/${purpose}`,
  });
  const [, both] = await issue({}, { status });
  assert.deepEqual(both?.['credentialStatus'], [entry('revocation'), entry('suspension')]);
  const [, older] = await issue({ dataModel: '1.1', statusPurposes: ['revocation'] }, { status });
  const vc = older?.['vc'] as JsonObject;
  assert.deepEqual(vc['credentialStatus'], entry('revocation'));
  assert.deepEqual(vc['@context'], ['https://www.w3.org/2018/credentials/v1', 'https://www.w3.org/ns/credentials/status/v1']);
  const [, none] = await issue({});
  assert.ok(none && !('credentialStatus' in none) && !('status' in none));
});

test('features B59, standards JV-4: a type that names a Token Status List has the claim status beside the credential, and no entry', async () => {
  const status = { uri: 'https://office.example/issuers/one/status-lists/7', index: 94_567 };
  for (const dataModel of ['1.1', '2.0']) {
    const profile = jwtVcJson.read({ dataModel, types: ['Card'] }, { ...type(), status: 'token_status_list' });
    const [, payload] = partsOf(await jwtVcJson.compile(profile)(order({ status })));
    assert.deepEqual(payload?.['status'], { status_list: { idx: 94_567, uri: status.uri } });
    assert.ok(!JSON.stringify(payload).includes('credentialStatus') && !JSON.stringify(payload).includes('status/v1'));
  }
  assert.throws(
    () => jwtVcJson.read({ dataModel: '2.0', types: ['Card'], statusPurposes: ['revocation'] }, { ...type(), status: 'token_status_list' }),
    (fault) => fault instanceof ProfileFault && fault.pointer === '/profile/statusPurposes',
  );
});

test('standards V-73, VX-1, JV-4: the metadata names the types of the credential, its algorithm, and claims below the subject', () => {
  const profile = read({ algorithm: 'EdDSA', types: ['Card', 'https://office.example/types/Residence'] });
  assert.deepEqual(jwtVcJson.metadata(profile), {
    format: 'jwt_vc_json',
    credential_definition: { type: ['VerifiableCredential', 'Card', 'https://office.example/types/Residence'] },
    credential_signing_alg_values_supported: ['EdDSA'],
  });
  assert.equal(jwtVcJson.algorithm(profile), 'EdDSA');
  assert.deepEqual(jwtVcJson.claimPath(profile, ['crops', null, 'name']), ['credentialSubject', 'crops', null, 'name']);
});

test('features B47: every fault of a profile is named by its place', () => {
  const faults: readonly (readonly [JsonObject | string, string])[] = [
    ['text', '/profile'],
    [{ dataModel: '3.0' }, '/profile/dataModel'],
    [{ dataModel: null }, '/profile/dataModel'],
    [{ unknown: 1 }, '/profile/unknown'],
    [{ types: [] }, '/profile/types'],
    [{ types: 'Card' }, '/profile/types'],
    [{ types: ['Card', 'Card'] }, '/profile/types/1'],
    [{ types: ['VerifiableCredential'] }, '/profile/types/0'],
    [{ types: ['two words'] }, '/profile/types/0'],
    [{ types: [1] }, '/profile/types/0'],
    [{ contexts: ['not an address'] }, '/profile/contexts/0'],
    [{ contexts: ['https://office.example/v1', 'https://www.w3.org/2018/credentials/v1'] }, '/profile/contexts/1'],
    [{ algorithm: 'ES512' }, '/profile/algorithm'],
    [{ algorithm: 'none' }, '/profile/algorithm'],
    [{ algorithm: null }, '/profile/algorithm'],
    [{ issuerName: ' ' }, '/profile/issuerName'],
    [{ statusPurposes: [] }, '/profile/statusPurposes'],
    [{ statusPurposes: ['message'] }, '/profile/statusPurposes/0'],
  ];
  for (const [changes, pointer] of faults) {
    const raw = typeof changes === 'string' ? changes : { dataModel: '2.0', types: ['Card'], ...changes };
    assert.throws(
      () => jwtVcJson.read(raw, type()),
      (fault) => fault instanceof ProfileFault && fault.pointer === pointer,
      pointer,
    );
  }
  for (const bad of [rule('id'), rule('fine', '@type'), rule('@context')])
    assert.throws(() => jwtVcJson.read({ dataModel: '1.1', types: ['Card'] }, type([rule('name'), bad])), /\/claims\/1\/path/);
});

test('features B47: no value of a registry names another subject or brings a context of its own', async () => {
  for (const hostile of [{ id: 'did:example:eve' }, { a: { '@context': {} } }, { a: [[{ b: [{ '@id': 'x' }] }]] }])
    for (const dataModel of ['1.1', '2.0'])
      await assert.rejects(issue({ dataModel }, { claims: hostile }), ClaimFault, JSON.stringify(hostile));
  const { holder: _holder, ...unbound } = order({ claims: {} });
  await assert.rejects(jwtVcJson.compile(read())(unbound), ClaimFault);
  const harmless = { a: 'text with "@id": in it', b: { id: 'inner', 'c@d': '@' } };
  const [, payload] = await issue({}, { claims: harmless });
  assert.deepEqual(payload?.['credentialSubject'], { id: holder.did, ...harmless });
});

test('standards JV-1, H-22: the header names the key and the certificate in force, also after it was renewed under the same key', async () => {
  const make = jwtVcJson.compile(read());
  const headerOf = async (changes: Partial<Order>) => partsOf(await make(order(changes)))[0];
  const first = signer();
  assert.deepEqual((await headerOf({ signer: first }))?.['x5c'], ['AQ==']);
  assert.deepEqual((await headerOf({ signer: signer({ certificates: [Uint8Array.of(2)] }) }))?.['x5c'], ['Ag==']);
  assert.equal((await headerOf({ signer: first, issuerDid: 'did:web:other.example' }))?.['kid'], 'did:web:other.example#key-one');
  assert.ok(!('x5c' in ((await headerOf({ signer: signer({ certificates: [] }) })) ?? {})));
});

test('standards VX-6: two copies share nothing but what they say; their ids are random', async () => {
  const make = jwtVcJson.compile(read());
  const copies = await Promise.all(Array.from({ length: 200 }, () => make(order())));
  assert.equal(new Set(copies.map((copy) => partsOf(copy)[1]?.['id'])).size, 200);
});
