import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { checkBudgets } from '../check/budgets.ts';
import { checkTree } from '../check/check.ts';
import { checkWalls } from '../check/walls.ts';
import { checkHygiene, checkPlaces } from '../check/words.ts';
import { copyTree } from '../guards/tree-copy.ts';
import { openDesignDesk } from '../support/design-desk.ts';
import { openIssuerStage } from '../support/issuer-stage.ts';
import { oneDesign } from '../support/one-design.ts';
import { readPersonas } from '../support/people.ts';
import { readSlip } from '../support/toy-format/read-slip.ts';

const root = new URL('../../', import.meta.url);
const textOf = (path: string) => readFileSync(new URL(path, root), 'utf8');
const folder = 'src/formats/paper-slip/paper-slip.ts';
const listed = /^ {2}const formats = \[(.*)\];$/m;

/** Everything a fifth format needs: its folder, and in app.ts its name in the list, imported as the others are. */
function plant(): ReadonlyMap<string, string> {
  const near = textOf('test/support/toy-format/paper-slip.ts')
    .replaceAll('../../../src/formats/', '../')
    .replaceAll('../../../src/', '../../');
  // Imports stand in the order of their way.
  const slip = near.replace(/^(.*\/format\.ts';\n)((?:import .*\n)+)/, '$2$1');
  const app = textOf('src/app.ts')
    .replace(listed, '  const formats = [$1, paperSlip];')
    .replace(/^import .*\/sd-jwt-vc\.ts';$/m, (line) => `import { paperSlip } from './formats/paper-slip/paper-slip.ts';\n${line}`);
  return new Map([
    [folder, slip],
    ['src/app.ts', app],
  ]);
}

test('features B53: a fifth format is one folder and one line, and no wall or budget minds', () => {
  const planted = plant();
  const [before, after] = [textOf('src/app.ts'), planted.get('src/app.ts') ?? ''].map((text) => text.split('\n'));
  const added = after?.filter((line) => !before?.includes(line)) ?? [];
  assert.deepEqual(
    added.map((line) => line.trim().split(' ').slice(0, 2).join(' ')),
    ['import {', 'const formats'],
  );
  const files = [...planted].map(([path, text]) => ({ path, text }));
  for (const check of [checkWalls, checkBudgets, checkPlaces, checkHygiene]) assert.deepEqual(check(files, root.pathname), []);
  // The walls do look: one step into a sibling, and they say so.
  const sibling = files.map(({ path, text }) => ({
    path,
    text: path === folder ? text.replace('../format.ts', '../sd-jwt-vc/sd-jwt-vc.ts') : text,
  }));
  assert.equal(checkWalls(sibling, root.pathname).length, 1);
});

const long = {
  skip: process.env.CHANCERY_LONG ? false : 'the long run copies the tree; a format of the same text is issued in credential-types.test.ts',
};

test('features B53: in a copy of the tree the fifth format passes every check and is issued by the product itself', long, async (t) => {
  const copy = copyTree();
  t.after(() => copy.remove());
  for (const [path, text] of plant()) {
    mkdirSync(dirname(join(copy.folder, path)), { recursive: true });
    writeFileSync(join(copy.folder, path), text);
  }
  const changed = execFileSync('git', ['status', '--porcelain', '-uall'], { cwd: copy.folder, encoding: 'utf8' });
  const states = changed
    .trim()
    .split('\n')
    .filter((line) => !line.startsWith('A '));
  assert.deepEqual(states.map((line) => line.slice(3)).sort(), ['src/app.ts', folder]);
  const outcomes = await checkTree(copy.folder, ['walls', 'budgets', 'places', 'hygiene', 'biome', 'types', 'unused']);
  assert.deepEqual(
    outcomes.flatMap(({ lines }) => lines),
    [],
  );
  const stage = await openIssuerStage({}, [], { tree: copy.folder });
  t.after(() => stage.close());
  const person = (await readPersonas()).find(({ id }) => id === 'ordinary')?.individualId ?? '';
  const desk = await openDesignDesk(stage, person);
  const design = { ...oneDesign, id: 'Slip', scope: 'slip', format: 'paper_slip', profile: { title: 'slip' }, encodings: [] };
  await desk.publish(design);
  const slip = await desk.issue('Slip', 'slip');
  const { keys } = (await (await fetch(`${stage.issuer}/jwks.json`)).json()) as { keys: (JsonWebKey & { kid: string })[] };
  assert.equal(readSlip(slip, keys).number, `XO-${person}`);
});
