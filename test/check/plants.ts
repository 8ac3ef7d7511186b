/** One violation of one rule, and the sentence by which the check names it. */
export interface Plant {
  readonly what: string;
  /** The check that must see it. */
  readonly check: string;
  readonly path: string;
  /** The file's text, or what becomes of the text that stands there. */
  readonly text: string | ((standing: string) => string);
  readonly says: RegExp;
  /** A second file that the fault needs. */
  readonly beside?: { readonly path: string; readonly text: string };
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
const imports = (target: string) => `import { x } from '${target}';\n\nexport const y = x;\n`;
const lines = (count: number) => `${Array.from({ length: count }, (_, index) => `export const value${index} = ${index};`).join('\n')}\n`;
const body = (count: number) => '  void 0;\n'.repeat(count);
const fence = '`'.repeat(3);

const wall = (path: string, target: string): Plant => ({
  what: `${path} imports ${target}`,
  check: 'walls',
  path,
  text: imports(target),
  says: new RegExp(`${escaped(path)}:1 the wall: `),
});
const alien = (path: string, name: string): Plant => ({
  what: `${path} uses ${name}`,
  check: 'walls',
  path,
  text: imports(name),
  says: new RegExp(`${escaped(path)}:1 .*${escaped(name.replace('node:', ''))}`),
});
const source = (what: string, check: string, text: string, says: RegExp): Plant => ({
  what,
  check,
  path: `src/lib/plant-${what.replaceAll(' ', '-')}.ts`,
  text,
  says,
});
const around = (what: string, text: string): Plant => ({
  what: `an import round the wall: ${what}`,
  check: 'walls',
  path: 'src/issuer/plant.ts',
  text,
  says: /src\/issuer\/plant\.ts:\d+ the wall: /,
});
const page = (what: string, check: string, text: string, says: RegExp): Plant => ({ what, check, path: 'docs/plant.md', text, says });

const rooms: readonly Plant[] = [
  wall('src/wallet/plant.ts', '../issuer/issuer.ts'),
  wall('src/wallet/plant.ts', '../authorization/authorization.ts'),
  wall('src/authorization/plant.ts', '../wallet/wallet.ts'),
  wall('src/authorization/plant.ts', '../issuer/issuer.ts'),
  wall('src/issuer/plant.ts', '../authorization/authorization.ts'),
  wall('src/issuer/plant.ts', '../wallet/wallet.ts'),
  wall('src/issuer/plant.ts', '../store/postgres/postgres.ts'),
  wall('src/issuer/plant.ts', '../keys/file/file-key-store.ts'),
  wall('src/issuer/plant.ts', '../formats/sd-jwt-vc/sd-jwt-vc.ts'),
  wall('src/issuer/plant.ts', '../app.ts'),
  wall('src/issuer/plant.ts', '../config.ts'),
  wall('src/issuer/plant.ts', '../../examples/walk/holder.ts'),
  wall('src/authorization/plant.ts', '../registry/csv/csv-registry.ts'),
  wall('src/authorization/engine/plant.ts', '../../store/postgres/postgres.ts'),
  wall('src/wallet/plant.ts', '../formats/browser/reader.ts'),
  wall('src/wallet/words/plant.ts', '../wallet.ts'),
  wall('src/wallet/browser/plant.ts', '../wallet.ts'),
  wall('src/wallet/browser/plant.ts', '../../oauth/jws.ts'),
  wall('src/formats/browser/plant.ts', '../sd-jwt-vc/sd-jwt-vc.ts'),
  wall('src/formats/sd-jwt-vc/plant.ts', '../other/other.ts'),
  wall('src/formats/sd-jwt-vc/plant.ts', '../../store/postgres/postgres.ts'),
  wall('src/formats/sd-jwt-vc/plant.ts', '../../issuer/issuer.ts'),
  wall('src/store/postgres/plant.ts', '../embedded/embedded.ts'),
  wall('src/store/embedded/plant.ts', '../postgres/postgres.ts'),
  wall('src/store/plant.ts', './postgres/postgres.ts'),
  wall('src/keys/file/plant.ts', '../../oauth/jws.ts'),
  wall('src/keys/plant.ts', './file/file-key-store.ts'),
  wall('src/registry/csv/plant.ts', '../../store/store.ts'),
  wall('src/registry/plant.ts', './csv/csv-registry.ts'),
  wall('src/oauth/plant.ts', '../issuer/issuer.ts'),
  wall('src/oauth/plant.ts', '../keys/file/file-key-store.ts'),
  wall('src/lib/plant.ts', '../oauth/jws.ts'),
  wall('src/plant.ts', './app.ts'),
  wall('src/plant.ts', './issuer/issuer.ts'),
  wall('src/verifier/plant.ts', '../lib/json.ts'),
  alien('src/issuer/plant.ts', 'oidc-provider'),
  alien('src/issuer/plant.ts', '@sd-jwt/sd-jwt-vc'),
  alien('src/issuer/plant.ts', '@credo-ts/core'),
  alien('src/wallet/plant.ts', '@openid4vc/openid4vci'),
  alien('src/wallet/plant.ts', '@sphereon/oid4vci-client'),
  alien('src/authorization/plant.ts', 'openid-client'),
  alien('src/wallet/plant.ts', 'node:https'),
  alien('src/wallet/plant.ts', 'undici'),
  alien('src/lib/plant.ts', 'node:vm'),
  alien('src/lib/plant.ts', 'node:process'),
  alien('src/wallet/browser/plant.ts', 'node:crypto'),
  alien('src/wallet/browser/plant.ts', 'fastify'),
];

const roundabouts: readonly Plant[] = [
  around('a type', "import type { X } from '../wallet/wallet.ts';\n\nexport type Y = X;\n"),
  around('a type in an expression', "export type Y = import('../wallet/wallet.ts').Y;\n"),
  around('handed on', "export * from '../wallet/wallet.ts';\n"),
  around('for its effects', "import '../wallet/wallet.ts';\n"),
  around('a comment between', "import {\n  x, // it's needed\n} from '../wallet/wallet.ts';\n\nexport const y = x;\n"),
  around('at run time', "export const y = await import('../wallet/wallet.ts');\n"),
  around('in a template', 'export const y = await import(`../wallet/wallet.ts`);\n'),
  around('computed', "const name = 'wallet';\n\nexport const y = await import(name);\n"),
  around('a worker', "export const y = new Worker(new URL('../wallet/wallet.ts', import.meta.url));\n"),
  around('past the loader', "export const y = process.getBuiltinModule('node:https');\n"),
  {
    ...alien('src/issuer/plant.ts', 'oidc-provider'),
    what: 'the types of the engine elsewhere',
    text: "import type { Provider } from 'oidc-provider';\n\nexport type Y = Provider;\n",
  },
];

const budgets: readonly Plant[] = [
  source('a file of 251 lines', 'budgets', lines(251), /251 lines; 250/),
  { ...source('a test of 401 lines', 'budgets', lines(401), /401 lines; 400/), path: 'src/lib/plant.test.ts' },
  source('a function of 61 lines', 'biome', `export function plant() {\n${body(59)}}\n`, /:1:\d+: lint\/complexity\/noExcessiveLines/),
  source('an arrow of 61 lines', 'biome', `export const plant = () => {\n${body(59)}};\n`, /:1:\d+: lint\/complexity\/noExcessiveLines/),
  source(
    'a callback of 61 lines',
    'biome',
    `export const plant = [1].map(() => {\n${body(59)}  return 1;\n});\n`,
    /:1:\d+: lint\/complexity\/noExcessiveLines/,
  ),
  source(
    'five parameters',
    'biome',
    'export const plant = (a: 1, b: 2, c: 3, d: 4, e: 5) => [a, b, c, d, e];\n',
    /:1:\d+: lint\/complexity\/useMaxParams/,
  ),
  source(
    'thirteen imports',
    'budgets',
    `${Array.from({ length: 13 }, (_, index) => `import { a${index} } from './a${index}.ts';`).join('\n')}\n`,
    /13 imports; 12/,
  ),
  { ...source('four folders deep', 'budgets', 'export const a = 1;\n', /4 folders deep/), path: 'src/lib/a/b/c/plant.ts' },
  source('any', 'biome', 'export const a = (b: Map<string, any>) => b;\n', /:1:\d+: lint\/suspicious\/noExplicitAny/),
  source('a default export', 'biome', 'const a = 1;\n\nexport { a as default };\n', /:3:\d+: lint\/style\/noDefaultExport/),
  { ...source('a name in capitals', 'budgets', 'export const a = 1;\n', /kebab-case/), path: 'src/lib/PlantThing.ts' },
  { ...source('a name that says nothing', 'budgets', 'export const a = 1;\n', /says nothing/), path: 'src/lib/string-utils.ts' },
  { ...source('a folder that says nothing', 'budgets', 'export const a = 1;\n', /says nothing/), path: 'src/lib/common/plant.ts' },
  source(
    'a wall switched off',
    'budgets',
    `// biome-${'ignore'} lint/suspicious/noImportCycles: later\nexport const a = 1;\n`,
    /switches a wall/,
  ),
  source('a type switched off', 'budgets', `// @ts-${'ignore'}\nexport const a = 1;\n`, /switches a wall off/),
  {
    ...source('a cycle of types', 'biome', "import type { B } from './plant-b.ts';\n\nexport type A = B | 1;\n", /noImportCycles/),
    beside: { path: 'src/lib/plant-b.ts', text: "import type { A } from './plant-a-cycle-of-types.ts';\n\nexport type B = A | 2;\n" },
  },
  source(
    'an undeclared package',
    'biome',
    "import leftPad from 'left-pad';\n\nexport const a = leftPad;\n",
    /:1:\d+: lint\/correctness\/noUndeclaredDependencies/,
  ),
  source('a file that is not formatted', 'biome', 'export const a = "1"\n', /: format: /),
  source('an import that leads nowhere', 'types', "import { b } from './nowhere.ts';\n\nexport const a = b;\n", /\(1,\d+\): error/),
  source('a wrong type', 'types', "export const a: number = 'x';\n", /\(1,14\): error/),
  source('an enum', 'types', 'export enum A {\n  b,\n}\n', /\(1,\d+\): error/),
  source('an unused file', 'unused', 'export const a = 1;\n', /plant-/),
  {
    ...source('an unused export', 'unused', '', /unusedPlant/),
    path: 'src/lib/clock.ts',
    text: (standing) => `${standing}\nexport const unusedPlant = 1;\n`,
  },
  {
    ...source('an unused dependency', 'unused', '', /left-pad/),
    path: 'package.json',
    text: (standing) => standing.replace('"pg": ', '"left-pad": "1.3.0",\n    "pg": '),
  },
];

const places: readonly Plant[] = [
  source('the environment elsewhere', 'places', 'export const a = process.env.PORT;\n', /environment is read in/),
  source('the environment by a name', 'places', "export const a = process['env'];\n", /environment is read in/),
  source('the environment taken apart', 'places', 'export const { env } = process;\n', /environment is read in/),
  source('a format outside its folder', 'places', `export const a = '${'mso' + '_mdoc'}';\n`, /own folder alone/),
  source('a format inside a media type', 'places', `export const a = \`application/${'dc+sd' + '-jwt'}\`;\n`, /own folder alone/),
  source('a guessable random number', 'places', 'export const a = Math.random();\n', /not used here/),
  source('eval', 'places', "export const a = eval('1');\n", /not used here/),
  source('code from a string', 'places', "export const a = new Function('return 1');\n", /not used here/),
  source('a request past the egress', 'places', "export const a = fetch('https://example.org');\n", /lib\/egress/),
  source('a request by the global object', 'places', "export const a = globalThis.fetch('https://example.org');\n", /lib\/egress/),
];

const pages: readonly Plant[] = [
  source('work left as a word', 'hygiene', `// ${'TO' + 'DO'}: later\nexport const a = 1;\n`, /left as a word/),
  page('a path of a machine', 'hygiene', `see "${'/ho' + 'me/somebody/project'}"\n`, /path of one machine/),
  page('a registry host', 'hygiene', `from registry.${'npm' + 'js'}.org\n`, /registry's host/),
  page('a private key', 'hygiene', `-----BEGIN ${'PRIVATE'} KEY-----\n`, /a secret/),
  page('a word of the workshop', 'hygiene', `written with ${'chat' + 'gpt'}\n`, /how this was made/),
  { ...page('a secret in any file', 'hygiene', `-----BEGIN ${'PRIVATE'} KEY-----\n`, /a secret/), path: 'examples/plant.pem' },
  page('a dead link', 'links', '[there](nowhere.md)\n', /leads nowhere/),
  page('an unknown command', 'commands in documents', 'Run `npm run nothing`.\n', /no script/),
  page('a command on a lost file', 'commands in documents', 'Run `node start.mjs examples/nothing.ts`.\n', /does not exist/),
  page('a start command no test runs', 'commands in documents', `${fence}sh\nnpm start\n${fence}\n`, /mark this block/),
  page('a start command of another shape', 'commands in documents', `${fence}sh start\ncd x; npm start\n${fence}\n`, /on one line/),
  page('an unknown setting', 'commands in documents', `${fence}sh start\nPROT=1 npm start\n${fence}\n`, /PROT is no setting/),
  page('a weaker test command', 'commands in documents', `${fence}sh test\nQUICK=1 npm test\n${fence}\n`, /npm test, alone/),
  {
    ...page('a gate that runs something else', 'commands in documents', '', /test command/),
    path: '.ci/run',
    text: (standing) => standing.replace('npm test', 'npm run check'),
  },
  {
    ...page('a long README', 'lengths of documents', '', /150 is the limit/),
    path: 'README.md',
    text: (standing) => standing + '\n'.repeat(150),
  },
  {
    ...page('a late start', 'lengths of documents', '', /by line 30/),
    path: 'README.md',
    text: (standing) => standing.replace('\n', `\n${'\n'.repeat(20)}`),
  },
  {
    ...page('a decision without its parts', 'decisions', '# 99. Plant\n\n## Context\n\n## Decision\n', /no part/),
    path: 'docs/adr/0099-plant.md',
  },
  {
    ...page('a dependency without a page', 'decisions', '', /`left-pad` runs in production/),
    path: 'package.json',
    text: (standing) => standing.replace('"pg": ', '"left-pad": "1.3.0",\n    "pg": '),
  },
  {
    ...page('a download address', 'lockfile', '', /has a download address/),
    path: 'package-lock.json',
    text: (standing) => standing.replace('"integrity"', '"resolved": "https://example.org/a.tgz",\n      "integrity"'),
  },
  {
    ...page('a platform left out', 'lockfile', '', /cli-darwin-arm64 is missing/),
    path: 'package-lock.json',
    text: (standing) => standing.replace('"node_modules/@biomejs/cli-darwin-arm64"', '"node_modules/elsewhere"'),
  },
  {
    ...page('a version that moves', 'lockfile', '', /not an exact version/),
    path: 'package.json',
    text: (standing) => standing.replace('"pg": "', '"pg": "^'),
  },
  {
    ...page('a citation without its sentence', 'coverage', '', /Z99/),
    path: 'src/lib/plant.test.ts',
    text: `test('features ${'Z99'}: nothing', () => {});\n`,
  },
  {
    ...page('a row that nothing holds', 'coverage', '', /quality Z98 has neither/),
    path: 'docs/coverage/rows.json',
    text: (standing) => standing.replace('[', '[{ "id": "quality Z98", "sentence": "…" },'),
  },
  {
    ...page('a promise that nothing holds', 'promises of SECURITY.md', '', /promises quality Z97, which no test names/),
    path: 'SECURITY.md',
    text: (standing) => standing.replace('|---|---|', '|---|---|\n| Nothing ever fails | quality Z97 |'),
  },
  {
    ...page('a page made by hand', 'generated pages', '', /errors\.md is out of date/),
    path: 'docs/reference/errors.md',
    text: (standing) => `${standing}More.\n`,
  },
];

export const plants: readonly Plant[] = [...rooms, ...roundabouts, ...budgets, ...places, ...pages];
