import { type Guard, guardsIn } from './guard.ts';

const hostile = 'test/hostile/deferred.test.ts';
const policies = 'test/hostile/deferred-policies.test.ts';
const contract = 'test/contract/store.test.ts';
const promise = (says: string) => new RegExp(`^deferrals on the built-in cluster .*${says}`);

/** Who may pick up what was put off, when, and how often (features B28, quality SU9, F1, F2). */
export const deferredGuards: readonly Guard[] = [
  ...guardsIn('src/issuer/deferred/pickup.ts', hostile, [
    {
      without: 'a look at whose transaction it is',
      text: 'deferral.owner !== transactions.ownerOf(grant, subject)',
      instead: 'deferral.owner === ""',
      red: /a stolen transaction_id opens to no other client/,
    },
    {
      without: 'the response key of the first request (F1)',
      text: "config.responseKey === 'commit' && ",
      instead: "config.responseKey === 'commit' && config.giveUpDays < 0 && ",
      test: policies,
      red: /under the policy commit a changed response key is refused/,
    },
    {
      without: 'a transaction that the ledger spends',
      text: "spends: [{ kind: 'deferral', key: id, expiresAt: addSeconds(expiresAt, 3600) }],",
      instead: 'spends: id === "" ? [{ kind: "deferral", key: id, expiresAt: addSeconds(expiresAt, 3600) }] : [],',
      red: /a pickup that stood still until another one was delivered commits nothing/,
    },
  ]),
  ...guardsIn('src/issuer/deferred/deferred-endpoint.ts', hostile, [
    {
      without: 'a look at whether an answer went out whole',
      text: 'raw.writableFinished && raw.statusCode === 200 ? delivered() : lost()',
      instead: 'raw.statusCode === 200 ? delivered() : lost()',
      red: /an answer whose line broke is given again/,
    },
  ]),
  ...guardsIn('src/store/postgres/deferral-statements.ts', contract, [
    {
      without: 'one pickup at a time',
      text: "and state = 'ready' and (leased_until is null or leased_until <= $4)",
      instead: "and state = 'ready'",
      red: promise('pickups on two nodes one begins'),
    },
    {
      without: 'the lease under which a worker settles',
      text: 'and lease_owner = $4 and leased_until > $5',
      instead: 'and $4::text is not null and $5::timestamptz is not null',
      red: promise('a lost lease settles nothing'),
    },
  ]),
];
