import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { guards } from '../guards/guards.ts';
import { testMatcherOf } from './test-names.ts';

const list = Object.values(guards).flat();

/** The long run removes them one by one; here only the list is looked at, so that it cannot fall behind. */
test('every guard that the long run removes stands once where the list says', () => {
  const faults = list.flatMap(({ file, text, instead, without }) => {
    const count = existsSync(file) ? readFileSync(file, 'utf8').split(text).length - 1 : 0;
    return [
      ...(count === 1 ? [] : [`${file}: without ${without}: the guard stands ${count} times`]),
      ...(text === instead ? [`${file}: without ${without}: nothing is removed`] : []),
    ];
  });
  assert.deepEqual(faults, []);
});

test('every guard that the long run removes is held by a test of that name', () => {
  const files = Map.groupBy(list, ({ test: file }) => file);
  const faults = [...files].flatMap(([file, held]) => {
    if (!existsSync(file)) return [`${file} does not exist`];
    const hasTest = testMatcherOf(file);
    const patterns = new Map(
      held.flatMap(({ red, after }) => [red, ...(after ? [after] : [])]).map((pattern) => [pattern.source, pattern]),
    );
    return [...patterns.values()].filter((pattern) => !hasTest(pattern)).map((pattern) => `${file} has no test ${pattern}`);
  });
  assert.deepEqual(faults, []);
});
