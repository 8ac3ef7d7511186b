import { type Guard, guardsIn } from './guard.ts';

const contract = 'test/contract/store.test.ts';
const hostile = 'test/hostile/credential-types.test.ts';

export const typeGuards: readonly Guard[] = [
  ...guardsIn('src/store/postgres/type-statements.ts', contract, [
    {
      without: 'the revision that a designer has seen of a draft',
      text: "state = 'draft' and revision = $5 returning $",
      instead: "state = 'draft' and $5::integer > 0 returning $",
      red: /features B10: of forty who create, change or publish at once/,
    },
    {
      without: 'the catalogue that a type was held against',
      text: 'where bucket = $1 and issuer = $2 and revision = $3 returning 1',
      instead: 'where bucket = $1 and issuer = $2 and $3::integer >= 0 returning 1',
      red: /features B10: two types that were held against the same catalogue/,
    },
  ]),
  ...guardsIn('src/issuer/types/type-catalogue.ts', hostile, [
    {
      without: 'keys that are there before the type is seen',
      text: '      await this.#makeKeys(design.configurations);\n      const { issuer',
      instead: '      const { issuer',
      red: /features B69, B54: the key of a type is made before the type is seen/,
    },
  ]),
  ...guardsIn('src/issuer/types/seed-types.ts', 'test/hostile/type-seeds.test.ts', [
    {
      without: 'the refusal of a file that changed under its version',
      text: 'if (isDeepStrictEqual(stored.document, seed.document)) return stored;',
      instead: "if (isDeepStrictEqual(stored.document, seed.document) || stored.state !== 'draft') return stored;",
      red: /features B10: a file that changed under its version is refused/,
    },
  ]),
];
