import { type Guard, guardsIn } from './guard.ts';

export const compatGuards: readonly Guard[] = [
  ...guardsIn('src/issuer/compat/draft13-request.ts', 'src/issuer/compat/draft13.test.ts', [
    {
      without: 'what the token allows, where a description of draft 13 fits several',
      text: 'grant.scopes.has(scope) || given.has(id)',
      instead: 'scope !== id || given.has(id)',
      red: /standards D-1, D-11, features B06: format and description mean exactly one/,
    },
  ]),
  ...guardsIn('src/issuer/compat/draft13.ts', 'src/issuer/compat/draft13.test.ts', [
    {
      without: 'the nonce beside a proof of draft 13 that will not do',
      text: '{ ...fault.members, ...nonce } : fault.members',
      instead: 'fault.members : fault.members',
      red: /standards D-2, D-4, D-13: answers and errors in the words of the draft/,
    },
    {
      without: 'the shape by which a request of 1.0 is told from one of draft 13',
      text: '&& proofs === undefined && configuration === undefined',
      instead: '',
      red: /features B06, standards X-6: only the shape of a request says its draft/,
    },
  ]),
];
