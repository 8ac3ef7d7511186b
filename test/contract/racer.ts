import { randomBytes, randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { addSeconds, systemClock } from '../../src/lib/clock.ts';
import { silentLog } from '../../src/lib/log.ts';
import type { Issuance } from '../../src/store/ledger.ts';
import type { ConnectionTarget, ServiceName } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { auditSecret } from '../support/database.ts';

/** What the test asks of each of its two processes: `racers` callers of one verb on one key, all at once. */
export interface Heat {
  readonly verb: Verb;
  readonly key: string;
  readonly racers: number;
}

export interface Finish {
  readonly winners: number;
  /** Answers that are neither a win nor the proper refusal. */
  readonly faults: readonly string[];
}

export type Verb = keyof typeof races;
type Service = Pick<ServiceDatabase, 'store' | 'artifacts' | 'ledger'>;

const soon = () => addSeconds(new Date(), 600);

export function issuanceOf(key: string, idempotencyKey: Uint8Array): Issuance {
  return {
    issuer: 'https://issuer.example',
    credentialType: 'national-id',
    credentialTypeVersion: 1,
    subjectHash: sha256('subject'),
    idempotencyKey,
    spends: [{ kind: 'c-nonce', key, expiresAt: soon() }],
    entries: [{ credentialId: randomHandle(), digest: sha256('credential') }],
    issuedAt: new Date(),
    audit: { event: 'issued' },
    reply: randomBytes(32),
    replyExpiresAt: soon(),
  };
}

/** One racer per verb: true when it won, false when it was properly refused, a thrown error otherwise. */
export const races = {
  take: async ({ store }: Service, key: string) => (await store.take('race', key)) !== undefined,
  claim: ({ store }: Service, key: string) => store.claim('race', key, soon()),
  mark: async ({ store }: Service, key: string) => {
    const { outcome } = await store.mark('race', key);
    if (outcome === 'absent') throw new Error('absent');
    return outcome === 'marked';
  },
  count: async ({ store }: Service, key: string) => (await store.count('race', key, 5, 600)).allowed,
  consume: ({ artifacts }: Service, key: string) => artifacts.consume('Race', key),
  insert: ({ artifacts }: Service, key: string) => artifacts.insert('Race', key, { payload: {}, expiresAt: soon() }),
  spend: async ({ ledger }: Service, key: string) => {
    const { outcome } = await ledger.commit(issuanceOf(key, randomBytes(32)));
    if (outcome === 'already') throw new Error('already');
    return outcome === 'committed';
  },
  retry: async ({ ledger }: Service, key: string) => {
    const { outcome } = await ledger.commit(issuanceOf(key, sha256(key)));
    if (outcome === 'refused') throw new Error('refused');
    return outcome === 'committed';
  },
} satisfies Record<string, (service: Service, key: string) => Promise<boolean>>;

async function run(services: Service, { verb, key, racers }: Heat): Promise<Finish> {
  const answers = await Promise.allSettled(Array.from({ length: racers }, () => races[verb](services, key)));
  const winners = answers.filter((answer) => answer.status === 'fulfilled' && answer.value).length;
  return { winners, faults: answers.flatMap((answer) => (answer.status === 'rejected' ? [String(answer.reason)] : [])) };
}

async function serve(target: ConnectionTarget): Promise<void> {
  const open = (service: ServiceName) => openService(target, service, { clock: systemClock, log: silentLog, poolSize: 8, auditSecret });
  const [{ artifacts, store }, { ledger }] = await Promise.all([open('authorization'), open('issuer')]);
  process.on('message', (heat: Heat) => {
    run({ store, artifacts, ledger }, heat).then((finish) => process.send?.(finish));
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}

// Only as a process of its own; the test imports the types and builders.
if (process.send && process.argv[2]) await serve(JSON.parse(process.argv[2]) as ConnectionTarget);
