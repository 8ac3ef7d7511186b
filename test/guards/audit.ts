import { type Guard, guardsIn } from './guard.ts';

const contract = 'test/contract/store.test.ts';
const promise = (says: string) => new RegExp(`audit trail on the built-in cluster.*${says}`);

/** No act without its row, and no row that can be changed unseen. */
export const auditGuards: readonly Guard[] = [
  ...guardsIn('src/store/postgres/ledger-write.ts', contract, [
    {
      without: 'the audit rows of an issuance',
      text: 'issuances.map(({ issuer, audit }) => ({ issuer, at: now, event: audit })),',
      instead: 'issuances.flatMap(({ issuer, audit }) => (issuer === "" ? [{ issuer, at: now, event: audit }] : [])),',
      red: promise('quality Q25: without a row in the audit trail'),
    },
  ]),
  ...guardsIn('src/store/audit-chain.ts', contract, [
    {
      without: 'the seal of a chain: its end can be moved back',
      text: 'if (secret && !equalBytes(',
      instead: 'if (secret && equalBytes(new Uint8Array(1), ',
      red: promise('quality T16: what somebody changes in the database is found'),
    },
  ]),
  ...guardsIn('src/operators/acts.ts', 'test/hostile/operators.test.ts', [
    {
      without: 'the row before an act of an operator',
      text: "await audit.record('operators', eventOf(request, secret, 'begun'));",
      instead: "audit.record('operators', eventOf(request, secret, 'begun')).catch(() => undefined);",
      red: /quality Q25, R53, features G12: each act of an operator/,
    },
  ]),
];
