import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import type { ServiceName } from './connection.ts';
import type { Session, Statement } from './session.ts';

interface Expiring {
  readonly statement: Statement;
  readonly graceSeconds: number;
}

const batch = 1000;
const restMilliseconds = 30_000;

/** Rows that another node is sweeping are passed over; a row that was renewed meanwhile fails the condition and stays. */
function expiring(table: string, key: string, column: string, graceSeconds: number): Expiring {
  const text = `delete from ${table} where (${key}) in
    (select ${key} from ${table} where ${column} <= $1 order by ${column} limit ${batch} for update skip locked) returning 1`;
  return { statement: { name: `sweep-${table}`, text }, graceSeconds };
}

/** A node whose clock is behind must still find a claim of a node whose clock is ahead: replay guards outlive their expiry a little. */
const handles = expiring('handle', 'bucket, key', 'expires_at', 300);
/** The engine checks completion against requests that have expired (authorization G14). */
const artifacts = expiring('artifact', 'bucket, model, id', 'expires_at', 15 * 60);
/** Stored replies hold a credential, encrypted: they go as soon as they may (quality Q8). */
const replies = expiring('issuance', 'bucket, key', 'reply_expires_at', 0);
/** What nobody picked up in time. */
const deferrals = expiring('deferral', 'bucket, id', 'expires_at', 0);

/** They hold what was answered, sealed. */
const keptAnswers = expiring('kept_answer', 'bucket, key', 'expires_at', 0);

const tables: Readonly<Record<ServiceName, readonly Expiring[]>> = {
  wallet: [handles],
  operators: [keptAnswers],
  authorization: [handles, artifacts],
  issuer: [handles, replies, deferrals],
};

export interface SweeperTools {
  readonly clock: Clock;
  readonly log: Log;
}

export interface Sweeper {
  /** Sweeps now, batch by batch until nothing expired is left; returns how many rows went. */
  sweep(): Promise<number>;
  stop(): Promise<void>;
}

/** Deletes what has expired, in small batches so that nobody waits for it, every half minute until it is stopped. */
export function startSweeper(session: Session, service: ServiceName, { clock, log }: SweeperTools): Sweeper {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<unknown> = Promise.resolve();

  const sweep = async () => {
    let removed = 0;
    for (const { statement, graceSeconds } of tables[service]) {
      for (let last = batch; last === batch && !stopped; removed += last)
        last = (await session.run(statement, [addSeconds(clock.now(), -graceSeconds)])).length;
    }
    return removed;
  };
  const rest = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      current = sweep()
        .catch((cause: Error) => log.write('warn', 'sweep failed', { role: service, cause: cause.name }))
        .finally(rest);
    }, restMilliseconds).unref();
  };
  rest();
  return {
    sweep,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
