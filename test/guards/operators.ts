import { type Guard, guardsIn } from './guard.ts';

const hostile = 'test/hostile/operators.test.ts';
const contract = 'test/contract/store.test.ts';
const promise = (says: string) => new RegExp(`operators on the built-in cluster.*${says}`);

/** Who may operate, and what is done once. */
export const operatorGuards: readonly Guard[] = [
  ...guardsIn('src/operators/operator-guard.ts', hostile, [
    {
      without: 'the role of a route',
      text: 'if (roles && !roles.some((role) => operator.roles.includes(role))) throw wrongRole(roles);',
      instead: 'if (roles && operator.roles.length === 0) throw wrongRole(roles);',
      red: /features G01: an owner makes a key/,
    },
  ]),
  ...guardsIn('src/operators/api-key.ts', hostile, [
    {
      without: 'the secret half of a key',
      text: 'if (!found || !equalBytes(found.keyHash, sha256(token))) return undefined;',
      instead: 'if (!found || equalBytes(found.keyHash, new Uint8Array())) return undefined;',
      red: /features G01: an owner makes a key/,
    },
  ]),
  ...guardsIn('src/operators/token-proof.ts', 'src/operators/token-proof.test.ts', [
    {
      without: 'the signature of a token',
      text: 'await verifySignature(jws, key);',
      instead: 'await Promise.resolve([key, verifySignature]);',
      red: /quality Q16, T5: a token that is forged/,
    },
    {
      without: 'the audience of a token',
      text: 'if (!names(aud).includes(server.audience))',
      instead: 'if (names(aud).length === 0)',
      red: /quality Q16, T5: a token that is forged/,
    },
  ]),
  ...guardsIn('src/store/postgres/operator-store.ts', contract, [
    {
      without: 'the end of an invitation',
      text: 'and token_hash = $9 and expires_at > $10 and',
      instead: 'and token_hash = $9 and',
      red: promise('quality SU12: an invitation ends after its time'),
    },
    {
      without: 'the one row that the first operator spends',
      text: '$6, $7, $8 from spent returning 1',
      instead: '$6, $7, $8 from operator_invitation returning 1',
      red: promise('quality SU12: one of many becomes the first operator'),
    },
  ]),
  ...guardsIn('src/store/postgres/kept-answer-store.ts', contract, [
    {
      without: 'what a key stands for, when another takes over',
      text: ' and kept.fingerprint = excluded.fingerprint',
      instead: '',
      red: promise('features H09: of many with one key one begins'),
    },
    {
      without: 'the try whose answer counts',
      text: 'where bucket = $1 and key = $2 and attempt = $3 and answer is null returning 1',
      instead: 'where bucket = $1 and key = $2 and $3::text is not null and answer is null returning 1',
      red: promise('features H09: of many with one key one begins'),
    },
  ]),
  ...guardsIn('src/operators/idempotency.ts', hostile, [
    {
      without: 'the refusal of an answer that came too late',
      text: 'if (!(await keptAnswers.keep(order, sealed)))',
      instead: 'if ((await keptAnswers.keep(order, sealed)) === undefined)',
      red: /features H09: an answer that another try gave meanwhile/,
    },
  ]),
];
