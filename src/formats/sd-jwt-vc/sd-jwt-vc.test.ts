import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../lib/json.ts';
import { ClaimFault, type ClaimRule, type Order, ProfileFault, type TypeContext } from '../format.ts';
import { compileEncoder } from './compiled.ts';
import { type Encoded, encodePlain } from './plain.ts';
import { readProfile } from './profile.ts';
import { nextSalt } from './salts.ts';
import { sdJwtVc } from './sd-jwt-vc.ts';

const rule = (path: ClaimRule['path'], disclosure: ClaimRule['disclosure'] = 'selective'): ClaimRule => ({
  path,
  disclosure,
  mandatory: false,
  display: [{ name: 'Name', locale: 'en' }],
});
const type = (rules: readonly ClaimRule[]): TypeContext => ({
  issuer: 'https://issuer.example',
  version: 3,
  rules,
  display: [{ name: 'Card', locale: 'en' }],
});
const salts = () => {
  let count = 0;
  return () => {
    count += 1;
    return `salt-${String(count).padStart(18, '0')}`;
  };
};

// Names that look like array indices are left out: JavaScript moves them to the front of an object, which changes bytes and not meaning.
const name = fc
  .oneof(
    { weight: 30, arbitrary: fc.constantFrom('a', 'b', 'c', 'list', 'ü', '__proto__', 'constructor', '"') },
    { weight: 30, arbitrary: fc.string({ minLength: 1, maxLength: 8 }) },
    { weight: 1, arbitrary: fc.constantFrom('_sd', '...', 'iss', 'exp', 'cnf', 'vct', 'status', '_sd_alg') },
  )
  .filter((text) => !/^\d+$/.test(text));
const reserved = /^(?:_sd|\.\.\.|iss|nbf|exp|iat|cnf|vct|vct#integrity|status|_sd_alg|aka_vcts)$/;
const openName = name.filter((text) => !reserved.test(text));
const leaf = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const value = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    leaf,
    fc.array(tie('tree'), { maxLength: 4 }),
    fc.dictionary(name, tie('tree'), { maxKeys: 4 }),
  ) as fc.Arbitrary<Json>,
})).tree;
const path = fc
  .tuple(openName, fc.array(fc.oneof(openName, fc.constant(null), fc.nat({ max: 3 })), { maxLength: 3 }))
  .map(([head, rest]) => [head, ...rest]);
const rules = fc.uniqueArray(fc.record({ path, disclosure: fc.constantFrom<ClaimRule['disclosure']>('selective', 'always') }), {
  maxLength: 12,
  selector: (entry) => JSON.stringify(entry.path),
});

/** What an encoder did, a refusal included. */
function outcomeOf(encode: () => Encoded): Encoded | 'refused' {
  try {
    return encode();
  } catch (fault) {
    assert.ok(fault instanceof ClaimFault, String(fault));
    return 'refused';
  }
}

test('design D5, features B45: the compiled path gives the bytes of the plain path for any type and any claims', () => {
  const seen = { written: 0, refused: 0 };
  fc.assert(
    fc.property(rules, fc.dictionary(name, value, { maxKeys: 6 }), fc.integer({ min: 0, max: 4 }), (drawn, claims, decoys) => {
      const profile = readProfile({ vct: 'card', decoys }, type(drawn.map((entry) => rule(entry.path, entry.disclosure))));
      const registered = { iss: 'https://issuer.example', vct: profile.vct };
      const compiled = outcomeOf(() => compileEncoder(profile)(registered, claims as JsonObject, salts()));
      assert.deepEqual(
        compiled,
        outcomeOf(() => encodePlain(profile, registered, claims as JsonObject, salts())),
      );
      if (compiled === 'refused') seen.refused += 1;
      else seen.written += 1;
      if (compiled !== 'refused') assert.doesNotThrow(() => JSON.parse(compiled.payload));
    }),
    { numRuns: 1500, seed: 20_261_124 },
  );
  assert.ok(seen.written > 1000 && seen.refused > 50, JSON.stringify(seen));
});

test('standards SD-7: a value kept back stands nowhere in the signed part, nested members and array elements included', () => {
  const profile = readProfile(
    { vct: 'card' },
    type([rule(['secret']), rule(['open', 'inner']), rule(['open'], 'always'), rule(['list', null]), rule(['list'], 'always')]),
  );
  const claims = { secret: 'canary-one', open: { inner: 'canary-two', shown: 'visible' }, list: ['canary-three', 'canary-four'] };
  const { payload, disclosures } = compileEncoder(profile)({}, claims, nextSalt);
  assert.doesNotMatch(payload, /canary|secret|inner/);
  assert.match(payload, /visible/);
  assert.equal(disclosures.length, 4);
});

test('standards SD-7: one element of a list is kept back by its number, the others by none', () => {
  const profile = readProfile({ vct: 'card' }, type([rule(['list'], 'always'), rule(['list', 1]), rule(['list', 2, 'inner'])]));
  const claims = { list: ['shown', 'canary', { inner: 'canary', outer: 'shown' }, 'shown'] };
  const { payload, disclosures } = compileEncoder(profile)({}, claims, nextSalt);
  assert.doesNotMatch(payload, /canary|inner/);
  assert.equal(disclosures.length, 2);
  const { list } = JSON.parse(payload) as { list: readonly Json[] };
  assert.deepEqual([list[0], list[3]], ['shown', 'shown']);
  assert.deepEqual(Object.keys(list[1] as object), ['...']);
});

test('standards SD-3: a type may not claim a reserved name', () => {
  for (const bad of ['iss', 'exp', 'cnf', 'vct', 'status', '_sd', '...', '_sd_alg'])
    assert.throws(() => readProfile({ vct: 'card' }, type([rule([bad])])), ProfileFault);
  assert.throws(() => readProfile({ vct: 'card' }, type([rule(['fine', '_sd'])])), /\/claims\/0\/path/);
});

test('standards SD-5: no value of a registry brings a digest of its own in', () => {
  const profile = readProfile({ vct: 'card' }, type([rule(['data']), rule(['list', null, 'inner'])]));
  const encode = compileEncoder(profile);
  for (const hostile of [
    { data: { _sd: ['x'] } },
    { data: [{ deep: [{ '...': 'x' }] }] },
    { list: [{ _sd: [] }] },
    { list: [{ other: { '...': 'x' } }] },
    { exp: 4_000_000_000 },
    { undescribed: { _sd: [] } },
  ])
    assert.throws(() => encode({}, hostile, nextSalt), ClaimFault, JSON.stringify(hostile));
  const harmless = { data: 'text with "_sd": and "...": in it', list: [{ other: '"_sd":' }] };
  assert.match(encode({}, harmless, nextSalt).payload, /other/);
});

test('standards VCT-1: the type metadata names its own vct and its integrity is over the served bytes', async () => {
  const { vct, typeMetadata, integrity } = readProfile({ vct: 'card' }, type([rule(['a'])]));
  assert.equal(JSON.parse(Buffer.from(typeMetadata).toString()).vct, vct);
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(typeMetadata));
  assert.equal(integrity, `sha256-${Buffer.from(digest).toString('base64')}`);
});

test('standards VCT-2, VCT-3: names and labels in each language, pictures where the display names them', () => {
  const display = [
    { name: 'Card', locale: 'en', description: 'What it is', logo: { uri: 'https://issuer.example/l.png', alt_text: 'Arms' } },
    { name: 'بطاقة', locale: 'ar', background_color: '#102030', background_image: { uri: 'data:image/png;base64,AA==' } },
  ];
  const labels = [
    { name: 'Given name', locale: 'en' },
    { name: 'الاسم', locale: 'ar' },
  ];
  const { typeMetadata } = readProfile({ vct: 'card' }, { ...type([{ ...rule(['a', null]), mandatory: true, display: labels }]), display });
  const document = JSON.parse(Buffer.from(typeMetadata).toString()) as JsonObject;
  assert.deepEqual(document.display, [
    {
      locale: 'en',
      name: 'Card',
      description: 'What it is',
      rendering: { simple: { logo: { uri: 'https://issuer.example/l.png', alt_text: 'Arms' } } },
    },
    {
      locale: 'ar',
      name: 'بطاقة',
      rendering: { simple: { background_image: { uri: 'data:image/png;base64,AA==' }, background_color: '#102030' } },
    },
  ]);
  const expected = labels.map((entry) => ({ locale: entry.locale, label: entry.name }));
  assert.deepEqual(document.claims, [{ path: ['a', null], mandatory: true, sd: 'always', display: expected }]);
});

test('standards SD-1, H-22: the header names the certificate in force, also after it was renewed under the same key', async () => {
  const issue = sdJwtVc.compile(readProfile({ vct: 'card' }, type([rule(['a'])])));
  const order = (certificate: number): Order => ({
    issuer: 'https://issuer.example',
    issuerDid: 'did:web:issuer.example',
    claims: { a: 1 },
    issuedAt: new Date(0),
    signer: {
      algorithm: 'ES256',
      keyId: 'one',
      publicJwk: { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' },
      certificates: [Uint8Array.of(certificate)],
      sign: async () => new Uint8Array(64),
    },
  });
  for (const certificate of [1, 2]) {
    const [head = ''] = String(await issue(order(certificate))).split('.');
    const x5c = [Buffer.of(certificate).toString('base64')];
    assert.deepEqual(JSON.parse(Buffer.from(head, 'base64url').toString()), { alg: 'ES256', typ: 'dc+sd-jwt', kid: 'one', x5c });
  }
});

test('features B48: an algorithm we have no keys of is refused by its place', () => {
  for (const algorithm of ['ES512', 'none', 'HS256', null, ''])
    assert.throws(() => readProfile({ vct: 'card', algorithm }, type([rule(['name'])])), /\/profile\/algorithm: must be one of ES256/);
});

test('quality R54: ten thousand salts are all different and 128 bits long', () => {
  const drawn = Array.from({ length: 10_000 }, nextSalt);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.ok(drawn.every((salt) => Buffer.from(salt, 'base64url').byteLength === 16));
});
