import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ProfileFault } from '../formats/format.ts';
import type { Json, JsonObject } from '../lib/json.ts';
import { compileMapping } from './claims-mapping.ts';
import { mappingFunctions } from './mapping-functions.ts';

const moment = { now: new Date('2026-11-24T12:00:00Z') };
const call = (name: string, ...args: readonly Json[]): JsonObject => ({ $call: name, args });
const evaluate = (tree: Json, claims: JsonObject = {}) => compileMapping(tree).evaluate(claims, moment);
const made = (node: Json, claims: JsonObject = {}) => evaluate({ x: node }, claims).x;

const hostileText = fc.oneof(
  fc.constantFrom(
    '"',
    '\\',
    '}{',
    `$\{claims.secret}`,
    '{{constructor.constructor("return process")()}}',
    '#set($x=1)$x',
    '<%= x %>',
    '$claim',
    '{"$call":"join"}',
    '\u0000\r\n\u2028',
    '__proto__',
    "'; drop table ledger; --",
    '\u202e\ufeff',
  ),
  fc.string({ unit: 'binary' }),
);
const hostileValue = fc.letrec<{ tree: Json }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    hostileText,
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('tree'), { maxLength: 3 }),
    fc.dictionary(hostileText, tie('tree'), { maxKeys: 3 }),
  ) as fc.Arbitrary<Json>,
})).tree;

test('quality R29, features B51: 100,000 hostile values come out byte-equal as data', () => {
  const mapping = compileMapping({
    plain: { $claim: 'value' },
    deep: { list: [{ $claim: 'value' }, 'literal', [{ $claim: 'value' }]] },
    called: call('prefix', 'no. ', { $claim: 'text' }),
  });
  fc.assert(
    fc.property(hostileValue, hostileText, (value, text) => {
      const short = text.slice(0, 1000);
      const result = mapping.evaluate({ value, text: short }, moment);
      assert.equal(
        JSON.stringify(result),
        JSON.stringify({ plain: value, deep: { list: [value, 'literal', [value]] }, called: `no. ${short}` }),
      );
    }),
    { numRuns: 100_000, seed: 20_261_124 },
  );
});

test('quality R22, Q18: every function is total and pure, whatever it is handed', () => {
  const names = [...mappingFunctions.keys()];
  fc.assert(
    fc.property(fc.constantFrom(...names), fc.array(hostileValue, { maxLength: 16 }), (name, values) => {
      const { apply } = mappingFunctions.get(name) ?? assert.fail();
      const before = JSON.stringify(values);
      const result = apply(values, moment);
      assert.equal(JSON.stringify(apply(values, moment)), JSON.stringify(result), 'the same again');
      assert.equal(JSON.stringify(values), before, 'nothing is changed');
      if (typeof result === 'string' && name !== 'image' && name !== 'language' && name !== 'lookup') assert.ok(result.length <= 3 * 4096);
    }),
    { numRuns: 20_000, seed: 20_261_124 },
  );
});

test('quality R29: an unknown function, reference or shape is refused with its place when the type is read', () => {
  const refused: readonly [Json, string][] = [
    [{ a: call('eval', '1') }, '/mapping/a/$call'],
    [{ a: call('constructor') }, '/mapping/a/$call'],
    [{ a: call('__proto__') }, '/mapping/a/$call'],
    [{ a: { $call: 7, args: [] } }, '/mapping/a/$call'],
    [{ a: { $call: 'year', args: {} } }, '/mapping/a'],
    [{ a: { $call: 'year', args: [''], extra: 1 } }, '/mapping/a'],
    [{ a: call('year') }, '/mapping/a/args'],
    [{ a: call('year', '1', '2') }, '/mapping/a/args'],
    [{ a: { $claim: '' } }, '/mapping/a/$claim'],
    [{ a: { $claim: 'x', more: 1 } }, '/mapping/a/$claim'],
    [{ a: { b: [{ $template: 'x' }] } }, '/mapping/a/b/0/$template'],
    [['x'], '/mapping'],
    [{ a: Array.from({ length: 600 }, () => 1) }, '/mapping/a/498'],
  ];
  for (const [tree, pointer] of refused)
    assert.throws(
      () => compileMapping(tree),
      (fault) => fault instanceof ProfileFault && fault.pointer === pointer,
      `${pointer} ${JSON.stringify(tree).slice(0, 80)}`,
    );
  const deep = JSON.parse(`${'{"a":'.repeat(40)}1${'}'.repeat(40)}`) as Json;
  assert.throws(() => compileMapping(deep), /too large/);
});

test('design D13: only the claims it names are asked for, and nothing outside the input is reached', () => {
  const mapping = compileMapping({
    a: { $claim: 'one' },
    b: call('join', ' ', { $claim: 'two' }, { $claim: 'one' }),
    c: { $claim: 'toString' },
  });
  assert.deepEqual(mapping.names, ['one', 'two', 'toString']);
  assert.deepEqual(mapping.evaluate({ one: 1, two: 2, three: 3 }, moment), { a: 1, b: '2 1' });
});

test('design D13: what is absent leaves no gap, and false, nought and null are not absent', () => {
  assert.deepEqual(evaluate({ a: { b: { $claim: 'none' } }, c: [{ $claim: 'none' }, null, [], 0, false], d: {} }), {
    c: [null, [], 0, false],
    d: {},
  });
  assert.deepEqual(made([{ $claim: 'list' }], { list: ['x', 'y'] }), [['x', 'y']]);
});

test('features B51: dates, languages, joins, case, prefixes, tables, ages and pictures', () => {
  const names = [
    { language: 'en', value: 'Noor' },
    { language: 'ar', value: 'نور' },
  ];
  const cases: readonly [Json, JsonObject, Json | undefined][] = [
    [call('year', { $claim: 'd' }), { d: '1990-05-06' }, 1990],
    [call('year', { $claim: 'd' }), { d: '06.05.1990' }, undefined],
    [call('date', { $claim: 'd' }), { d: '1990-05-06T10:00:00Z' }, '1990-05-06'],
    [call('date', { $claim: 'd' }), { d: '1990' }, '1990'],
    [call('language', { $claim: 'n' }, 'ar-EG'), { n: names }, 'نور'],
    [call('language', { $claim: 'n' }, 'ta'), { n: names }, undefined],
    [call('language', { $claim: 'n' }, 'ta'), { n: 'one for all' }, 'one for all'],
    [call('join', ', ', { $claim: 'a' }, { $claim: 'none' }, 7), { a: 'x' }, 'x, 7'],
    [call('case', { $claim: 'a' }, 'upper'), { a: 'straße' }, 'STRASSE'],
    [call('case', { $claim: 'a' }, 'title'), { a: 'x' }, undefined],
    [call('prefix', 'NO-', { $claim: 'a' }), { a: 17 }, 'NO-17'],
    [call('prefix', 'NO-', { $claim: 'none' }), {}, undefined],
    [call('lookup', { $claim: 's' }, { F: 'female' }), { s: 'F' }, 'female'],
    [call('lookup', { $claim: 's' }, { F: 'female' }), { s: 'constructor' }, undefined],
    [call('age_at_least', { $claim: 'b' }, 18), { b: '2008-11-24' }, true],
    [call('age_at_least', { $claim: 'b' }, 18), { b: '2008-11-25' }, false],
    [call('age_at_least', { $claim: 'b' }, 18), { b: '2008' }, false],
    [call('age_at_least', { $claim: 'b' }, 18), { b: 'unknown' }, undefined],
    [call('image', { $claim: 'p' }), { p: 'data:image/png;base64,AAAA' }, 'data:image/png;base64,AAAA'],
    [call('image', { $claim: 'p' }), { p: 'data:image/svg+xml;base64,AAAA' }, undefined],
    [call('image', { $claim: 'p' }), { p: 'https://elsewhere.example/x.png' }, undefined],
  ];
  const small = `data:image/png;base64,${'A'.repeat(40)}`;
  const large = `data:image/jpeg;base64,${'B'.repeat(4000)}`;
  const renditions: readonly (readonly [Json, Json, Json | undefined])[] = [
    [3000, [small, large], large],
    [2999, [small, large], small],
    [30, [large, small], small],
    [29, [large, small], undefined],
    [3000, 'https://elsewhere.example/x.png', undefined],
    ['3000', [small], undefined],
  ];
  const more: typeof cases = [
    [call('date', { $claim: 'd' }, 'DMY'), { d: '6.5.1990' }, '1990-05-06'],
    [call('date', { $claim: 'd' }, 'MDY'), { d: '05/06/1990' }, '1990-05-06'],
    [call('date', { $claim: 'd' }, 'YMD'), { d: '19900506' }, '1990-05-06'],
    [call('date', { $claim: 'd' }, 'DMY'), { d: '31.02.1990' }, undefined],
    [call('date', { $claim: 'd' }, 'DMY'), { d: '1990-05-06' }, undefined],
    [call('date', { $claim: 'd' }, 'YDM'), { d: '1990-05-06' }, undefined],
    [call('lookup', { $claim: 's' }, { F: 'female' }, 'unknown'), { s: 'X' }, 'unknown'],
    [call('lookup', { $claim: 's' }, { F: 'female' }, 'unknown'), {}, undefined],
    [call('valid_from'), {}, '2026-11-24'],
    ...renditions.map(([limit, p, expected]): (typeof cases)[number] => [call('image_within', limit, { $claim: 'p' }), { p }, expected]),
    [call('image_within', 100, { $claim: 'none' }, { $claim: 'p' }), { p: small }, small],
  ];
  for (const [node, claims, expected] of [...cases, ...more])
    assert.deepEqual(made(node, claims), expected, JSON.stringify([node, claims]));
});

test('features B51: the credential says until when it is valid, in the words of the type', () => {
  const { evaluate } = compileMapping({ from: call('valid_from'), until: call('valid_until') });
  assert.deepEqual(evaluate({}, { ...moment, expiresAt: new Date('2027-01-31T00:00:00Z') }), { from: '2026-11-24', until: '2027-01-31' });
  assert.deepEqual(evaluate({}, moment), { from: '2026-11-24' });
});

test('quality Q18, features B51: a table of the type is found by its name, and one it has not is refused with its place', () => {
  const tables = { sex: { F: 'female', M: 'male' }, empty: {} };
  const { evaluate } = compileMapping({ sex: call('lookup', { $claim: 's' }, 'sex', 'not said') }, tables);
  const said = (s: Json) => evaluate({ s }, moment).sex;
  assert.deepEqual(['F', 'M', 'X', '__proto__', 'toString', 7].map(said), [
    'female',
    'male',
    'not said',
    'not said',
    'not said',
    'not said',
  ]);
  for (const name of ['seks', 'toString', '__proto__'])
    assert.throws(
      () => compileMapping({ a: call('lookup', '1', name) }, tables),
      (fault) => fault instanceof ProfileFault && fault.pointer === '/mapping/a/args/1',
    );
});

test('quality R29: a text cut at the bound never ends in half of a character', () => {
  const text = made(call('join', '', 'x', { $claim: 'a' }), { a: '😀'.repeat(3000) });
  assert.ok(typeof text === 'string' && text.isWellFormed() && text.length >= 4095 && text.length <= 4096);
});
