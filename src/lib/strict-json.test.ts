import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonFault, parseStrictJson } from './strict-json.ts';

test('quality Q22: what JSON.parse takes without harm is taken with the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) =>
      assert.deepEqual(parseStrictJson(JSON.stringify(value)), JSON.parse(JSON.stringify(value))),
    ),
    { seed: 20_261_124 },
  );
});

test('quality Q22: doubled members, deep nesting, half characters and what is not JSON are refused', () => {
  const refused = [
    '',
    '{',
    '{"a":1,"a":2}',
    '{"a":{"b":1,"b":2}}',
    '{"a":1,"\\u0061":2}',
    '[{"x":1},{"y":1,"y":1}]',
    `${'['.repeat(33)}${']'.repeat(33)}`,
    '"\\ud800"',
    '{"\\udc00":1}',
    '{"a":1}{}',
    "{'a':1}",
  ];
  for (const text of refused) assert.throws(() => parseStrictJson(text), JsonFault, text);
});

test('quality Q22: the same name in different objects, brackets in strings and escaped quotes are no fault', () => {
  for (const text of ['[{"a":1},{"a":2}]', '{"a":{"a":{"a":1}}}', '{"a":"[[[[{{{{","b":"\\"a\\":"}', '"\\ud83d\\ude00"', '"\\\\ud800"'])
    assert.deepEqual(parseStrictJson(text), JSON.parse(text));
});
