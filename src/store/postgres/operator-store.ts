import type { Clock } from '../../lib/clock.ts';
import type { KeptAnswers } from '../kept-answers.ts';
import type { OperatorRecord, Operators } from '../operators.ts';
import { placeOf } from './bucket.ts';
import { createKeptAnswerStore } from './kept-answer-store.ts';
import type { Parameter, Session, Statement } from './session.ts';

interface Row {
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  readonly key_hash: Buffer;
  readonly created_at: Date;
  readonly created_by: string;
  readonly expires_at: Date;
  readonly removed_at: Date | null;
  readonly removed_by: string | null;
}

const columns = 'bucket, id, name, roles, key_hash, created_at, created_by, expires_at';
const inForce = 'removed_at is null and expires_at >';
/** There is one invitation at most, so there is one bucket. */
const invitationBucket = 0;
const ownerThere = (now: string) => `exists (select from operator where 'owner' = any(roles) and ${inForce} ${now})`;

const add: Statement = {
  name: 'operator-add',
  text: `insert into operator (${columns}) values ($1, $2, $3, $4, $5, $6, $7, $8)
    on conflict (bucket, id) do update set key_hash = excluded.key_hash where operator.removed_at is null`,
};
const find: Statement = { name: 'operator-find', text: `select * from operator where bucket = $1 and id = $2 and ${inForce} $3` };
const list: Statement = { name: 'operator-list', text: 'select * from operator order by created_at, id' };
/** Of two callers the second waits for the first, finds the row removed, and changes nothing. */
const remove: Statement = {
  name: 'operator-remove',
  text: `update operator set removed_at = $3, removed_by = $4 where bucket = $1 and id = $2 and removed_at is null returning 1`,
};
const known: Statement = { name: 'operator-known', text: 'select from operator where bucket = $1 and id = $2' };
const invite: Statement = {
  name: 'operator-invite',
  text: `insert into operator_invitation (bucket, token_hash, expires_at)
    select ${invitationBucket}, $1, $2 where not ${ownerThere('$3')}
    on conflict (bucket) do update set token_hash = excluded.token_hash, expires_at = excluded.expires_at returning 1`,
};
/** The invitation is one row, so whoever deletes it is the only one; an owner who came meanwhile has made it worthless. */
const accept: Statement = {
  name: 'operator-accept',
  text: `with spent as (
      delete from operator_invitation
        where bucket = ${invitationBucket} and token_hash = $9 and expires_at > $10 and not ${ownerThere('$10')} returning 1
    )
    insert into operator (${columns}) select $1, $2, $3, $4::text[], $5, $6, $7, $8 from spent returning 1`,
};

const placed = (id: string) => placeOf('operator', id).bucket;

function valuesOf({ id, name, roles, keyHash, createdAt, createdBy, expiresAt }: OperatorRecord): readonly Parameter[] {
  return [placed(id), id, name, roles, keyHash, createdAt, createdBy, expiresAt];
}

function recordOf({ id, name, roles, ...row }: Row): OperatorRecord {
  return {
    id,
    name,
    roles,
    keyHash: row.key_hash,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    ...(row.removed_at ? { removedAt: row.removed_at } : {}),
    ...(row.removed_by === null ? {} : { removedBy: row.removed_by }),
  };
}

/** `Operators` on the tables of the operators' own schema, each verb one statement. */
function createOperatorStore(session: Session, clock: Clock): Operators {
  return {
    async add(operator) {
      await session.run(add, valuesOf(operator));
    },
    async find(id) {
      const [row] = await session.run<Row>(find, [placed(id), id, clock.now()]);
      return row && recordOf(row);
    },
    async list() {
      return (await session.run<Row>(list, [])).map(recordOf);
    },
    async remove(id, by) {
      if ((await session.run(remove, [placed(id), id, clock.now(), by])).length > 0) return 'removed';
      return (await session.run(known, [placed(id), id])).length > 0 ? 'already' : 'unknown';
    },
    async invite(tokenHash, expiresAt) {
      return (await session.run(invite, [tokenHash, expiresAt, clock.now()])).length > 0;
    },
    async accept(tokenHash, operator) {
      return (await session.run(accept, [...valuesOf(operator), tokenHash, clock.now()])).length > 0;
    },
  };
}

/** What only the operators' schema holds. */
export interface OperatorStores {
  readonly operators: Operators;
  readonly keptAnswers: KeptAnswers;
}

export const createOperatorStores = (session: Session, clock: Clock): OperatorStores => ({
  operators: createOperatorStore(session, clock),
  keptAnswers: createKeptAnswerStore(session, clock),
});
