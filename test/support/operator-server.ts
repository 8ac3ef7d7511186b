import type { FastifyInstance } from 'fastify';
import type { KeyStore } from '../../src/keys/keys.ts';
import { type Clock, systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { OperatorRole } from '../../src/operation.ts';
import type { AuditSource } from '../../src/operators/audit-check.ts';
import { createOperatorServer } from '../../src/operators/operators.ts';
import type { Audit } from '../../src/store/audit.ts';
import type { KeptAnswers } from '../../src/store/kept-answers.ts';
import type { Operators } from '../../src/store/operators.ts';

const absent = <Interface extends object>() =>
  new Proxy({} as Interface, {
    get: (_target, verb) => () => {
      throw new Error(`${String(verb)} was not expected to be asked`);
    },
  });

export interface TestOperators {
  /** What the audit trail names. */
  readonly id?: string;
  readonly roles: readonly OperatorRole[];
  readonly mounts: readonly ((server: FastifyInstance) => void)[];
  readonly keys?: Pick<KeyStore, 'secret'>;
  readonly clock?: Clock;
  readonly operators?: Operators;
  readonly keptAnswers?: KeptAnswers;
  readonly audit?: Audit;
  readonly trails?: readonly AuditSource[];
}

/** The operators' listener with routes of the test's choice, and one operator whose key is the word `key`. */
export function openTestOperators({
  id = 'officer',
  roles,
  mounts,
  keys,
  clock = systemClock,
  operators,
  keptAnswers,
  audit = { ...absent<Audit>(), record: async () => {} },
  trails = [],
}: TestOperators): Promise<FastifyInstance> {
  return createOperatorServer({
    log: silentLog,
    clock,
    keys: { secret: async () => new Uint8Array(32), ...keys } as KeyStore,
    checks: [],
    purposes: [],
    statements: () => ({}),
    described: () => ({ publicRoutes: [], interfaces: [] }),
    operators: operators ?? absent(),
    keptAnswers: keptAnswers ?? absent(),
    audit,
    trails,
    proofs: [async (token) => (token === 'key' ? { id, name: 'Officer', roles } : undefined)],
    mounts,
  });
}
