import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkBudgets } from './budgets.ts';
import { checkTree } from './check.ts';
import { type Plant, plants } from './plants.ts';
import { listTree } from './source-files.ts';

const root = new URL('../..', import.meta.url).pathname;
const faultsOf = async (tree: string, only?: readonly string[]) =>
  (await checkTree(tree, only)).flatMap(({ name, lines }) => lines.map((line) => `${name}: ${line}`));
let copy: string;
/** What the tree has without any plant: all of it, once the first test has asked. */
let whole: Promise<readonly string[]> | undefined;
/** A name pattern may leave that test out; then one check is enough. */
const cleanOf = (check: string) => whole ?? faultsOf(root, [check]);

// A copy of the tree with a git of its own: plants never stand in the tree itself.
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'chancery-plants-'));
  for (const path of listTree(root)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  execFileSync('git', ['init', '-q'], { cwd: copy });
  execFileSync('git', ['add', '-A'], { cwd: copy });
});
after(() => rmSync(copy, { recursive: true, force: true }));

test('the tree itself passes every check', async () => {
  whole = faultsOf(root);
  assert.deepEqual(await whole, []);
});

/** Sets files into the copy and gives what takes them out again. */
function plantAll(planted: readonly Plant[]): () => void {
  const files = planted.flatMap(({ path, text, beside }) => [{ path, text }, ...(beside ? [beside] : [])]);
  const undo = files.map(({ path, text }) => {
    const file = join(copy, path);
    const standing = existsSync(file) ? readFileSync(file) : undefined;
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, typeof text === 'string' ? text : text(String(standing)));
    return () => (standing ? writeFileSync(file, standing) : rmSync(file));
  });
  return () => {
    for (const step of undo) step();
  };
}

async function newFaults(planted: readonly Plant[], check: string): Promise<readonly string[]> {
  const clean = await cleanOf(check);
  const remove = plantAll(planted);
  try {
    return (await faultsOf(copy, [check])).filter((line) => !clean.includes(line));
  } finally {
    remove();
  }
}

// A tool takes seconds, so it sees all that is planted for it at once, each in a file of its own.
for (const check of ['biome', 'types', 'unused']) {
  test(`${check} sees what is planted`, { timeout: 120_000 }, async (t) => {
    const planted = plants.filter((plant) => plant.check === check);
    const found = await newFaults(planted, check);
    for (const { what, path, says } of planted)
      await t.test(`the check sees ${what}`, () =>
        assert.ok(
          found.some((line) => line.includes(path) && says.test(line)),
          found.join('\n'),
        ),
      );
  });
}

for (const plant of plants.filter(({ check }) => !['biome', 'types', 'unused'].includes(check))) {
  test(`the check sees ${plant.what}`, { timeout: 60_000 }, async () => {
    const found = await newFaults([plant], plant.check);
    assert.match(found.join('\n'), plant.says);
    assert.equal(found.length, 1, `one fault, one finding:\n${found.join('\n')}`);
  });
}

test('ten excused files are one too many', () => {
  const excuse = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ path: `src/lib/a${index}.ts`, text: '// budget: a reason\nexport const a = 1;\n' }));
  assert.deepEqual(checkBudgets(excuse(9), root), []);
  assert.match(
    checkBudgets(excuse(10), root)
      .map(({ message }) => message)
      .join(),
    /10 files are excused/,
  );
});
