import { type Guard, guardsIn } from './guard.ts';

const plants = 'test/check/plants.test.ts';

/** A check that finds nothing, whatever is planted. Each single wall and budget is planted in `test/check/plants.ts`. */
function emptied(name: string, file: string, red: RegExp): readonly Guard[] {
  const text = `export const ${name}: Check = `;
  return guardsIn(`test/check/${file}`, plants, [
    { without: `the work of ${name}`, text, instead: `export const ${name}: Check = () => [];\nexport const emptied: Check = `, red },
  ]);
}

function unheard(tool: string, text: string, instead: string): readonly Guard[] {
  const red = new RegExp(`^${tool} sees what is planted`);
  return guardsIn('test/check/check.ts', plants, [{ without: `a look at what ${tool} says`, text, instead, red }]);
}

export const checkGuards: readonly Guard[] = [
  ...emptied('checkWalls', 'walls.ts', /the check sees src\/wallet\/plant\.ts imports/),
  ...emptied('checkBudgets', 'budgets.ts', /the check sees a file of 251 lines/),
  ...emptied('checkPlaces', 'words.ts', /the check sees the environment elsewhere/),
  ...emptied('checkHygiene', 'words.ts', /the check sees a private key/),
  ...emptied('checkLinks', 'documents.ts', /the check sees a dead link/),
  ...emptied('checkLengths', 'documents.ts', /the check sees a long README/),
  ...emptied('checkCommands', 'commands.ts', /the check sees an unknown command/),
  ...emptied('checkDecisions', 'decisions.ts', /the check sees a dependency without a page/),
  ...emptied('checkLockfile', 'lockfile.ts', /the check sees a download address/),
  ...emptied('checkCoverage', 'coverage.ts', /the check sees a citation without its sentence/),
  ...emptied('checkPromises', 'coverage.ts', /the check sees a promise that nothing holds/),
  ...guardsIn('test/check/check.ts', plants, [
    {
      without: 'the comparison of generated pages',
      text: 'files.find((file) => file.path === path)?.text !== text',
      instead: 'files.find((file) => file.path === path)?.text === undefined && text === undefined',
      red: /the check sees a page made by hand/,
    },
  ]),
  ...unheard('biome', "['biome', biome, /^[×!] /]", "['biome', ['biome', '--version'], /^[×!] /]"),
  ...unheard('types', "['types', ['tsc', '-p', '.']]", "['types', ['tsc', '--version']]"),
  ...unheard('unused', "['unused', ['knip', '--no-progress']]", "['unused', ['knip', '--version']]"),
];
