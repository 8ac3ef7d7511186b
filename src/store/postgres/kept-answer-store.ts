import { equalBytes } from '../../lib/bytes.ts';
import type { Clock } from '../../lib/clock.ts';
import type { KeptAnswers } from '../kept-answers.ts';
import { placeOf } from './bucket.ts';
import type { Session, Statement } from './session.ts';

/** What stands there is free when it has expired, or when its try ended without an answer and the same is asked again. */
const free = `(kept.expires_at <= $7 or (kept.answer is null and kept.attempt_until <= $7 and kept.fingerprint = excluded.fingerprint))`;
const taken = (column: string) => `${column} = case when ${free} then excluded.${column} else kept.${column} end`;
/** The row's lock puts callers in a queue; whoever reads back its own try has begun. */
const begin: Statement = {
  name: 'kept-answer-begin',
  text: `insert into kept_answer as kept (bucket, key, fingerprint, attempt, attempt_until, expires_at) values ($1, $2, $3, $4, $5, $6)
    on conflict (bucket, key) do update set ${['fingerprint', 'attempt', 'attempt_until', 'expires_at'].map(taken).join(', ')},
      answer = case when ${free} then null else kept.answer end
    returning fingerprint, attempt, attempt_until, answer`,
};
const keep: Statement = {
  name: 'kept-answer-keep',
  text: 'update kept_answer set answer = $4 where bucket = $1 and key = $2 and attempt = $3 and answer is null returning 1',
};
const release: Statement = {
  name: 'kept-answer-release',
  text: 'delete from kept_answer where bucket = $1 and key = $2 and attempt = $3 and answer is null',
};

interface Row {
  readonly fingerprint: Buffer;
  readonly attempt: string;
  readonly attempt_until: Date;
  readonly answer: string | null;
}

/** `KeptAnswers`, each verb one statement. */
export function createKeptAnswerStore(session: Session, clock: Clock): KeptAnswers {
  return {
    async begin({ key: name, fingerprint, attempt, attemptUntil, expiresAt }) {
      const { bucket, key } = placeOf('kept-answer', name);
      const [row] = await session.run<Row>(begin, [bucket, key, fingerprint, attempt, attemptUntil, expiresAt, clock.now()]);
      if (!row) throw new Error('The request got no row.');
      if (row.attempt === attempt) return { outcome: 'begun' };
      if (!equalBytes(row.fingerprint, fingerprint)) return { outcome: 'other' };
      return row.answer === null ? { outcome: 'running', until: row.attempt_until } : { outcome: 'kept', answer: row.answer };
    },
    async keep({ key: name, attempt }, answer) {
      const { bucket, key } = placeOf('kept-answer', name);
      return (await session.run(keep, [bucket, key, attempt, answer])).length > 0;
    },
    async release({ key: name, attempt }) {
      const { bucket, key } = placeOf('kept-answer', name);
      await session.run(release, [bucket, key, attempt]);
    },
  };
}
