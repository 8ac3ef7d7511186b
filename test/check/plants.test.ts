import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { checkTree } from './check.ts';
import { readTree } from './source-files.ts';

const root = new URL('../..', import.meta.url).pathname;
let copy: string;

// A copy of the tree with a git of its own: plants never stand in the tree itself.
before(() => {
  copy = mkdtempSync(join(tmpdir(), 'chancery-plants-'));
  for (const { path } of readTree(root)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    cpSync(join(root, path), join(copy, path));
  }
  symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
  execFileSync('git', ['init', '-q'], { cwd: copy });
  execFileSync('git', ['add', '-A'], { cwd: copy });
});
after(() => rmSync(copy, { recursive: true, force: true }));

interface Plant {
  readonly what: string;
  readonly check: string;
  readonly path: string;
  readonly text: string;
  readonly says: RegExp;
}

const imports = (target: string) => `import { x } from '${target}';\n\nexport const y = x;\n`;
const wall = (path: string, target: string): Plant => ({
  what: `${path} imports ${target}`,
  check: 'walls',
  path,
  text: imports(target),
  says: new RegExp(`${path.replaceAll('/', '\\/')}:1 the wall`),
});
const lines = (count: number) => `${Array.from({ length: count }, (_, index) => `export const value${index} = ${index};`).join('\n')}\n`;
const judge = (path: string, name: string): Plant => ({
  what: `${path} uses ${name}`,
  check: 'walls',
  path,
  text: imports(name),
  says: /:1 /,
});

const plants: readonly Plant[] = [
  wall('src/wallet/plant.ts', '../issuer/issuer.ts'),
  wall('src/wallet/plant.ts', '../authorization/authorization.ts'),
  wall('src/authorization/plant.ts', '../wallet/wallet.ts'),
  wall('src/authorization/plant.ts', '../issuer/issuer.ts'),
  wall('src/issuer/plant.ts', '../authorization/authorization.ts'),
  wall('src/issuer/plant.ts', '../wallet/wallet.ts'),
  wall('src/issuer/plant.ts', '../store/postgres/postgres.ts'),
  wall('src/issuer/plant.ts', '../keys/file/file-key-store.ts'),
  wall('src/issuer/plant.ts', '../formats/sd-jwt-vc/sd-jwt-vc.ts'),
  wall('src/authorization/plant.ts', '../registry/csv/csv-registry.ts'),
  wall('src/formats/sd-jwt-vc/plant.ts', '../other/other.ts'),
  wall('src/formats/sd-jwt-vc/plant.ts', '../../store/store.ts'.replace('store/store', 'issuer/issuer')),
  wall('src/store/postgres/plant.ts', '../embedded/embedded.ts'),
  wall('src/store/embedded/plant.ts', '../postgres/postgres.ts'),
  wall('src/keys/file/plant.ts', '../../oauth/jws.ts'),
  wall('src/registry/csv/plant.ts', '../../store/store.ts'),
  wall('src/oauth/plant.ts', '../issuer/issuer.ts'),
  wall('src/lib/plant.ts', '../oauth/jws.ts'),
  wall('src/store/plant.ts', './postgres/postgres.ts'),
  wall('src/wallet/browser/plant.ts', '../wallet.ts'),
  wall('src/formats/browser/plant.ts', '../sd-jwt-vc/sd-jwt-vc.ts'),
  judge('src/issuer/plant.ts', 'oidc-provider'),
  judge('src/issuer/plant.ts', '@sd-jwt/sd-jwt-vc'),
  judge('src/wallet/plant.ts', '@openid4vc/openid4vci'),
  judge('src/wallet/plant.ts', 'node:https'),
  {
    what: 'a type import through a wall',
    check: 'walls',
    path: 'src/issuer/plant.ts',
    text: "import type { X } from '../wallet/wallet.ts';\n\nexport type Y = X;\n",
    says: /the wall/,
  },
  { what: 'a file of 251 lines', check: 'budgets', path: 'src/lib/plant.ts', text: lines(251), says: /251 lines; 250/ },
  { what: 'a test of 401 lines', check: 'budgets', path: 'src/lib/plant.test.ts', text: lines(401), says: /401 lines; 400/ },
  {
    what: 'a function of 61 lines',
    check: 'budgets',
    path: 'src/lib/plant.ts',
    text: `export function plant() {\n${'  void 0;\n'.repeat(59)}}\n`,
    says: /plant has 61 lines/,
  },
  {
    what: 'an arrow of 61 lines',
    check: 'budgets',
    path: 'src/lib/plant.ts',
    text: `export const plant = () => {\n${'  void 0;\n'.repeat(59)}};\n`,
    says: /plant has 61 lines/,
  },
  {
    what: 'five parameters',
    check: 'budgets',
    path: 'src/lib/plant.ts',
    text: 'export function plant(a: 1, b: 2, c: 3, d: 4, e: 5) {\n  return [a, b, c, d, e];\n}\n',
    says: /plant has 5 parameters/,
  },
  {
    what: 'thirteen imports',
    check: 'budgets',
    path: 'src/lib/plant.ts',
    text: `${Array.from({ length: 13 }, (_, index) => `import { a${index} } from './a${index}.ts';`).join('\n')}\n`,
    says: /13 imports; 12/,
  },
  { what: 'four folders deep', check: 'budgets', path: 'src/lib/a/b/c/plant.ts', text: 'export const a = 1;\n', says: /4 folders deep/ },
  { what: 'any', check: 'budgets', path: 'src/lib/plant.ts', text: 'export const a = (b: any) => b;\n', says: /any is not used/ },
  { what: 'a default export', check: 'budgets', path: 'src/lib/plant.ts', text: 'export default 1;\n', says: /named exports only/ },
  { what: 'a name in capitals', check: 'budgets', path: 'src/lib/PlantThing.ts', text: 'export const a = 1;\n', says: /kebab-case/ },
  {
    what: 'a name that says nothing',
    check: 'budgets',
    path: 'src/lib/string-utils.ts',
    text: 'export const a = 1;\n',
    says: /says nothing/,
  },
  {
    what: 'the environment elsewhere',
    check: 'places',
    path: 'src/lib/plant.ts',
    text: 'export const a = process.env.PORT;\n',
    says: /environment is read in/,
  },
  {
    what: 'a format outside its folder',
    check: 'places',
    path: 'src/issuer/plant.ts',
    text: `export const a = '${'mso' + '_mdoc'}';\n`,
    says: /own folder alone/,
  },
  {
    what: 'a guessable random number',
    check: 'places',
    path: 'src/lib/plant.ts',
    text: 'export const a = Math.random();\n',
    says: /not used here/,
  },
  { what: 'eval', check: 'places', path: 'src/lib/plant.ts', text: "export const a = eval('1');\n", says: /not used here/ },
  {
    what: 'a request past the egress',
    check: 'places',
    path: 'src/issuer/plant.ts',
    text: "export const a = fetch('https://example.org');\n",
    says: /lib\/egress/,
  },
  {
    what: 'work left as a word',
    check: 'hygiene',
    path: 'src/lib/plant.ts',
    text: `// ${'TO' + 'DO'}: later\nexport const a = 1;\n`,
    says: /left as a word/,
  },
  {
    what: 'a path of a machine',
    check: 'hygiene',
    path: 'docs/plant.md',
    text: `see "${'/ho' + 'me/somebody/project'}"\n`,
    says: /path of one machine/,
  },
  {
    what: 'a registry host',
    check: 'hygiene',
    path: 'docs/plant.md',
    text: `from registry.${'npm' + 'js'}.org\n`,
    says: /registry's host/,
  },
  { what: 'a private key', check: 'hygiene', path: 'docs/plant.md', text: `-----BEGIN ${'PRIVATE'} KEY-----\n`, says: /a secret/ },
  { what: 'a dead link', check: 'links', path: 'docs/plant.md', text: '[there](nowhere.md)\n', says: /leads nowhere/ },
  {
    what: 'an unknown command',
    check: 'commands in documents',
    path: 'docs/plant.md',
    text: 'Run `npm run nothing`.\n',
    says: /no script/,
  },
  {
    what: 'a citation without its sentence',
    check: 'coverage',
    path: 'src/lib/plant.test.ts',
    text: `test('features ${'Z99'}: nothing', () => {});\n`,
    says: /Z99/,
  },
  { what: 'a wrong type', check: 'types', path: 'src/lib/plant.ts', text: "export const a: number = 'x';\n", says: /plant\.ts/ },
  {
    what: 'a cycle of types',
    check: 'biome',
    path: 'src/lib/plant.ts',
    text: "import type { B } from './plant-b.ts';\n\nexport type A = B;\n",
    says: /noImportCycles|cycle/i,
  },
  {
    what: 'an undeclared package',
    check: 'biome',
    path: 'src/lib/plant.ts',
    text: "import leftPad from 'left-pad';\n\nexport const a = leftPad;\n",
    says: /noUndeclaredDependencies|left-pad/,
  },
  { what: 'unused code', check: 'unused', path: 'src/lib/plant.ts', text: 'export const a = 1;\n', says: /plant\.ts/ },
];

for (const plant of plants) {
  test(`the check sees ${plant.what}`, { timeout: 60_000 }, async () => {
    const file = join(copy, plant.path);
    const partner = join(copy, 'src/lib/plant-b.ts');
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, plant.text);
    if (plant.check === 'biome') writeFileSync(partner, "import type { A } from './plant.ts';\n\nexport type B = A;\n");
    try {
      const [outcome] = await checkTree(copy, [plant.check]);
      const said = (outcome?.lines ?? []).join('\n');
      assert.match(said, plant.says);
    } finally {
      rmSync(file);
      rmSync(partner, { force: true });
    }
  });
}

test('the tree itself passes every check', { timeout: 120_000 }, async () => {
  const faults = (await checkTree(root)).flatMap(({ name, lines: found }) => found.map((line) => `${name}: ${line}`));
  assert.deepEqual(faults, []);
});

test('ten excused files are one too many', async () => {
  const { checkBudgets } = await import('./budgets.ts');
  const files = Array.from({ length: 10 }, (_, index) => ({
    path: `src/lib/a${index}.ts`,
    text: '// budget: a reason\nexport const a = 1;\n',
  }));
  assert.match(
    checkBudgets(files, root)
      .map(({ message }) => message)
      .join(),
    /10 files are excused/,
  );
});
