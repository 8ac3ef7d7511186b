import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Json, JsonObject } from '../../lib/json.ts';
import { type ClaimRule, ProfileFault, type TypeContext } from '../format.ts';
import { compileEncoder } from './compiled.ts';
import { encodePlain } from './plain.ts';
import { readProfile } from './profile.ts';
import { nextSalt } from './salts.ts';

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
  .oneof(fc.constantFrom('a', 'b', 'c', 'list', 'ü', '__proto__', 'constructor', '"'), fc.string({ minLength: 1, maxLength: 8 }))
  .filter((text) => !['_sd', '...', 'iss', 'nbf', 'exp', 'iat', 'cnf', 'vct', 'status', '_sd_alg'].includes(text) && !/^\d+$/.test(text));
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
const path = fc.tuple(name, fc.array(fc.oneof(name, fc.constant(null)), { maxLength: 3 })).map(([head, rest]) => [head, ...rest]);
const rules = fc.uniqueArray(fc.record({ path, disclosure: fc.constantFrom<ClaimRule['disclosure']>('selective', 'always') }), {
  maxLength: 12,
  selector: (entry) => JSON.stringify(entry.path),
});

test('design D5, features B45: the compiled path gives the bytes of the plain path for any type and any claims', () => {
  fc.assert(
    fc.property(rules, fc.dictionary(name, value, { maxKeys: 6 }), fc.integer({ min: 0, max: 4 }), (drawn, claims, decoys) => {
      const profile = readProfile({ vct: 'card', decoys }, type(drawn.map((entry) => rule(entry.path, entry.disclosure))));
      const registered = { iss: 'https://issuer.example', vct: profile.vct };
      const compiled = compileEncoder(profile)(registered, claims as JsonObject, salts());
      assert.deepEqual(compiled, encodePlain(profile, registered, claims as JsonObject, salts()));
      assert.doesNotThrow(() => JSON.parse(compiled.payload));
    }),
    { numRuns: 1000, seed: 20_261_124 },
  );
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

test('standards SD-3: a type may not claim a reserved name or pick one element', () => {
  for (const bad of ['iss', 'exp', 'cnf', 'vct', 'status', '_sd', '...', '_sd_alg'])
    assert.throws(() => readProfile({ vct: 'card' }, type([rule([bad])])), ProfileFault);
  assert.throws(() => readProfile({ vct: 'card' }, type([rule(['list', 0])])), /\/claims\/0\/path/);
});

test('standards VCT-1: the type metadata names its own vct and its integrity is over the served bytes', async () => {
  const { vct, typeMetadata, integrity } = readProfile({ vct: 'card' }, type([rule(['a'])]));
  assert.equal(JSON.parse(Buffer.from(typeMetadata).toString()).vct, vct);
  const digest = await crypto.subtle.digest('SHA-256', Buffer.from(typeMetadata));
  assert.equal(integrity, `sha256-${Buffer.from(digest).toString('base64')}`);
});

test('quality R54: ten thousand salts are all different and 128 bits long', () => {
  const drawn = Array.from({ length: 10_000 }, nextSalt);
  assert.equal(new Set(drawn).size, drawn.length);
  assert.ok(drawn.every((salt) => Buffer.from(salt, 'base64url').byteLength === 16));
});
