import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { guards } from '../guards/guards.ts';

/** The long run removes them one by one; here only the list is looked at, so that it cannot fall behind. */
test('every guard that the long run removes stands once where the list says, and the list names its tests', () => {
  const faults = Object.values(guards)
    .flat()
    .flatMap(({ file, text, instead, test: tests, without }) => {
      const count = existsSync(file) ? readFileSync(file, 'utf8').split(text).length - 1 : 0;
      return [
        ...(count === 1 ? [] : [`${file}: without ${without}: the guard stands ${count} times`]),
        ...(existsSync(tests) ? [] : [`${tests} does not exist`]),
        ...(text === instead ? [`${file}: without ${without}: nothing is removed`] : []),
      ];
    });
  assert.deepEqual(faults, []);
});
