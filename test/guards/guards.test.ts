import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Guard } from './guard.ts';
import { guards } from './guards.ts';
import type { Ending } from './run-tests.ts';
import { copyTree, type TreeCopy } from './tree-copy.ts';

let copy: TreeCopy;
before(() => {
  copy = copyTree();
});
after(() => copy.remove());

const told = (endings: readonly Ending[]) => endings.map(({ name, ended, says }) => `${ended}: ${name}\n${says}`).join('\n');
const green = new Map<string, Promise<void>>();

/** A test that is red anyway, or that no name fits, would prove nothing. */
function demandGreen(guard: Guard): Promise<void> {
  const { test: file, red, after: before } = guard;
  const key = `${file} ${red} ${before}`;
  const known = green.get(key) ?? copy.run(guard).then((endings) => judgeGreen(guard, endings));
  green.set(key, known);
  return known;
}

function judgeGreen({ test: file, red }: Guard, endings: readonly Ending[]): void {
  assert.ok(
    endings.some(({ name }) => red.test(name)),
    `${file} has no test ${red}`,
  );
  assert.ok(
    endings.every(({ ended }) => ended === 'passed'),
    `with every guard in its place:\n${told(endings)}`,
  );
}

for (const [room, list] of Object.entries(guards)) {
  describe(`guards of ${room}`, () => {
    for (const guard of list) {
      test(`without ${guard.without}: ${guard.red.source} is red`, async () => {
        await demandGreen(guard);
        const endings = await copy.runWithout(guard);
        const [first] = endings.filter(({ name, ended }) => ended === 'refuted' && guard.red.test(name));
        assert.ok(first, `${guard.file} without ${guard.without}, and the test did not say so:\n${told(endings)}`);
        const crashed = endings.filter(({ ended }) => ended === 'crashed');
        assert.deepEqual(crashed, [], 'a crash is not the word of an assertion');
      });
    }
  });
}
