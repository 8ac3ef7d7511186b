import { type Guard, guardsIn } from './guard.ts';

/** Nothing is signed that its own rules refuse. */
export const lintGuards: readonly Guard[] = guardsIn('src/issuer/credential-type.ts', 'test/hostile/lint-before-sign.test.ts', [
  {
    without: 'the rules of its format on what is signed',
    text: 'createLinter(format.lints ?? [])',
    instead: 'createLinter(format.lints ? [] : [])',
    red: /quality Q20, T18: what breaks a rule is not signed/,
  },
]);
