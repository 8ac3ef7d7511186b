import type { Statement } from './session.ts';

/** A run whose node has not renewed it. Whoever is about to commit with it holds its row, and is passed over. */
export const takeOver: Statement = {
  name: 'status-take-over',
  text: `update status_lease set owner = $3, leased_until = $4 where (bucket, issuer, list, start) in
    (select bucket, issuer, list, start from status_lease where bucket = $1 and issuer = $2 and leased_until <= $5
      order by leased_until limit 1 for update skip locked)
    returning list, start, length`,
};
/** Fresh positions of the newest list, while it has room. */
export const advance: Statement = {
  name: 'status-advance',
  text: `update status_list set next_position = next_position + $3 where bucket = $1 and issuer = $2 and next_position + $3 <= size
      and number = (select max(number) from status_list where bucket = $1 and issuer = $2)
    returning name, size, next_position - $3 as start`,
};
/** The next list; of several nodes that want one at once a single one makes it. */
export const open: Statement = {
  name: 'status-open',
  text: `insert into status_list (bucket, issuer, number, name, size, opened_at)
    select $1::smallint, $2::text, coalesce(max(number) + 1, 0), $3::text, $4::integer, $5::timestamptz
      from status_list where bucket = $1 and issuer = $2
      having not exists (select from status_list where bucket = $1 and issuer = $2 and next_position + $6 <= size
        and number = (select max(number) from status_list where bucket = $1 and issuer = $2))
    on conflict (bucket, issuer, number) do nothing`,
};
export const addLease: Statement = {
  name: 'status-add-lease',
  text: 'insert into status_lease (bucket, issuer, list, start, length, owner, leased_until) values ($1, $2, $3, $4, $5, $6, $7)',
};
export const renew: Statement = {
  name: 'status-renew',
  text: `update status_lease set leased_until = $6
    where bucket = $1 and issuer = $2 and list = $3 and start = $4 and owner = $5 and leased_until > $7 returning 1`,
};
export const end: Statement = {
  name: 'status-end',
  text: 'delete from status_lease where bucket = $1 and issuer = $2 and list = $3 and start = $4 and owner = $5',
};
export const used: Statement = {
  name: 'status-used',
  text: 'select status_index from ledger where issuer = $1 and status_list = $2 and status_index = any($3::integer[])',
};
export const find: Statement = {
  name: 'status-find',
  text: 'select name, size, version from status_list where bucket = $1 and issuer = $2 and name = $3',
};
export const changes: Statement = {
  name: 'status-changes',
  text: 'select index, status from status_change where bucket = $1 and issuer = $2 and list = $3',
};
/** Everything of a subject; unlike a search it leaves nothing out. */
export const subjectMembers: Statement = {
  name: 'status-subject-members',
  text: 'select credential_id from ledger_subject where bucket = $1 and subject_hash = $2 and issuer = $3',
};
export const groupMembers: Statement = {
  name: 'status-group-members',
  text: 'select credential_id from ledger_group where bucket = $1 and group_hash = $2 and issuer = $3',
};
/** Ledger rows are locked in one order, so that two operators at the same credentials follow one another. */
export const placesOf: Statement = {
  name: 'status-places',
  text: `select credential_id, status_list, status_index from ledger
    where issuer = $3 and (bucket, credential_id) in (select * from unnest($1::smallint[], $2::text[]))
    order by bucket, credential_id for update`,
};
/** Invalid is final: such a row is not touched again. */
export const change: Statement = {
  name: 'status-change',
  text: `insert into status_change (bucket, issuer, list, index, status, changed_at)
    select *, $5::text, $6::timestamptz from unnest($1::smallint[], $2::text[], $3::text[], $4::integer[])
    on conflict (bucket, issuer, list, index) do update set status = excluded.status, changed_at = excluded.changed_at
      where status_change.status not in ('invalid', excluded.status)
    returning list, index`,
};
export const reinstate: Statement = {
  name: 'status-reinstate',
  text: `delete from status_change where status = 'suspended' and (bucket, issuer, list, index) in
    (select * from unnest($1::smallint[], $2::text[], $3::text[], $4::integer[])) returning list, index`,
};
export const finalOnes: Statement = {
  name: 'status-final',
  text: `select list, index from status_change where status = 'invalid' and (bucket, issuer, list, index) in
    (select * from unnest($1::smallint[], $2::text[], $3::text[], $4::integer[]))`,
};
export const bump: Statement = {
  name: 'status-bump',
  text: 'update status_list set version = version + 1 where bucket = $1 and issuer = $2 and name = $3',
};
