import type { Statement } from './session.ts';

const columns = `issuer, id, state, credential_type as "credentialType", owner, content, attempts, leased_until as "leasedUntil",
    next_attempt_at as "nextAttemptAt", gives_up_at as "givesUpAt", created_at as "createdAt", expires_at as "expiresAt"`;

export const write: Statement = {
  name: 'deferral-write',
  text: `insert into deferral (bucket, id, issuer, credential_type, state, owner, content, next_attempt_at, gives_up_at, created_at, expires_at)
    select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[],
      $9::timestamptz[], $10::timestamptz[], $11::timestamptz[])`,
};
export const find: Statement = {
  name: 'deferral-find',
  text: `select ${columns} from deferral where bucket = $1 and id = $2 and issuer = $3 and expires_at > $4`,
};
/** On one that somebody holds the condition fails: of two pickups at once the second waits for the first. */
export const beginPickup: Statement = {
  name: 'deferral-begin-pickup',
  text: `update deferral set lease_owner = $5, leased_until = $6 where bucket = $1 and id = $2 and issuer = $3 and expires_at > $4
      and state = 'ready' and (leased_until is null or leased_until <= $4)
    returning 1`,
};
export const abandonPickup: Statement = {
  name: 'deferral-abandon-pickup',
  text: `update deferral set lease_owner = null, leased_until = null
    where bucket = $1 and id = $2 and issuer = $3 and state = 'ready' and lease_owner = $4`,
};
export const take: Statement = {
  name: 'deferral-take',
  text: `delete from deferral where bucket = $1 and id = $2 and issuer = $3 and state = 'ready' returning 1`,
};
export const forgetReply: Statement = { name: 'deferral-forget-reply', text: 'delete from issuance where bucket = $1 and key = $2' };
/** What another worker holds is passed over, locked or leased. */
export const due: Statement = {
  name: 'deferral-due',
  text: `update deferral set lease_owner = $2, leased_until = $3 where (bucket, id) in
    (select bucket, id from deferral where state in ('waiting', 'review') and issuer = any($1::text[]) and next_attempt_at <= $4
        and expires_at > $4 and (leased_until is null or leased_until <= $4)
      order by next_attempt_at limit $5 for update skip locked)
    returning ${columns}`,
};
/** Nothing of the person stays with what will never be issued. */
export const settle: Statement = {
  name: 'deferral-settle',
  text: `update deferral set state = $6::text, next_attempt_at = coalesce($7::timestamptz, next_attempt_at),
      attempts = case when $6::text = 'waiting' then attempts + 1 else attempts end,
      content = case when $6::text = 'denied' then '' else content end, lease_owner = null, leased_until = null
    where bucket = $1 and id = $2 and issuer = $3 and lease_owner = $4 and leased_until > $5
    returning 1`,
};
export const decide: Statement = {
  name: 'deferral-decide',
  text: `update deferral set state = $5::text, content = case when $5::text = 'denied' then '' else content end,
      lease_owner = null, leased_until = null
    where bucket = $1 and id = $2 and issuer = $3 and expires_at > $4 and state = 'review'
    returning 1`,
};
export const inReview: Statement = {
  name: 'deferral-in-review',
  text: `select ${columns} from deferral where issuer = $1 and state = 'review' and expires_at > $2
      and ($4::timestamptz is null or (created_at, id) > ($4, $5::text))
    order by created_at, id limit $3`,
};
