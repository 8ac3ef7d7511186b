import type { Statement } from './session.ts';

/** Takes possession of requests nobody made before; the reply goes in at once. Rows arrive sorted, so that two nodes never wait for each other in a circle. */
export const takeRequests: Statement = {
  name: 'ledger-take-requests',
  text: `insert into issuance (bucket, key, reply, reply_expires_at)
    select * from unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::timestamptz[])
    on conflict (bucket, key) do update set reply = excluded.reply, reply_expires_at = excluded.reply_expires_at
      where issuance.reply_expires_at <= $5
    returning key`,
};
export const giveBackRequests: Statement = {
  name: 'ledger-give-back-requests',
  text: 'delete from issuance where (bucket, key) in (select * from unnest($1::smallint[], $2::bytea[]))',
};
export const giveBackHandles: Statement = {
  name: 'ledger-give-back-handles',
  text: 'delete from handle where (bucket, key) in (select * from unnest($1::smallint[], $2::bytea[]))',
};
export const readReplies: Statement = {
  name: 'ledger-read-replies',
  text: 'select key, reply from issuance where (bucket, key) in (select * from unnest($1::smallint[], $2::bytea[]))',
};
export const writeLedger: Statement = {
  name: 'ledger-write',
  text: `insert into ledger (bucket, credential_id, issuer, credential_type, credential_type_version, digest, issued_at, expires_at,
      status_list, status_index, batch, wallet)
    select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::integer[], $6::bytea[], $7::timestamptz[], $8::timestamptz[],
      $9::text[], $10::integer[], $11::bytea[], $12::bytea[])`,
};
export const writeSubjects: Statement = {
  name: 'ledger-write-subjects',
  text: `insert into ledger_subject (bucket, subject_hash, issuer, credential_id, issued_at)
    select * from unnest($1::smallint[], $2::bytea[], $3::text[], $4::text[], $5::timestamptz[])`,
};
export const writeGroups: Statement = {
  name: 'ledger-write-groups',
  text: `insert into ledger_group (bucket, group_hash, issuer, credential_id)
    select * from unnest($1::smallint[], $2::bytea[], $3::text[], $4::text[])`,
};
export const writeOutbox: Statement = {
  name: 'ledger-write-outbox',
  text: `insert into outbox (bucket, id, topic, payload, created_at)
    select * from unnest($1::smallint[], $2::uuid[], $3::text[], $4::json[], $5::timestamptz[])`,
};
/** A lease that is held here cannot be taken over before this transaction has ended, and whoever takes it over then sees what was committed. */
export const holdLeases: Statement = {
  name: 'ledger-hold-leases',
  text: `select list, start, owner from status_lease where leased_until > $6 and (bucket, issuer, list, start, owner) in
    (select * from unnest($1::smallint[], $2::text[], $3::text[], $4::integer[], $5::text[])) order by list, start for share`,
};
export const findReply: Statement = {
  name: 'ledger-find-reply',
  text: 'select reply from issuance where bucket = $1 and key = $2 and reply_expires_at > $3',
};
export const findSubject: Statement = {
  name: 'ledger-find-subject',
  text: `select credential_id from ledger_subject where bucket = $1 and subject_hash = $2 and issuer = $3
    order by issued_at desc limit 1000`,
};
export const findGroup: Statement = {
  name: 'ledger-find-group',
  text: 'select credential_id from ledger_group where bucket = $1 and group_hash = $2 and issuer = $3 limit 1000',
};
export const findEntries: Statement = {
  name: 'ledger-find-entries',
  text: `select credential_id, credential_type, digest, issued_at, expires_at, status_list, status_index, batch, wallet from ledger
    where issuer = $3 and (bucket, credential_id) in (select * from unnest($1::smallint[], $2::text[]))
    order by issued_at desc, credential_id`,
};
export const writeEvents: Statement = {
  name: 'ledger-write-events',
  text: `insert into ledger_event (bucket, credential_id, event, issuer, at)
    select * from unnest($1::smallint[], $2::text[], $3::text[], $4::text[], $5::timestamptz[]) on conflict do nothing`,
};
export const findEvents: Statement = {
  name: 'ledger-find-events',
  text: `select credential_id, event, at from ledger_event where issuer = $3 and (bucket, credential_id) in
    (select * from unnest($1::smallint[], $2::text[])) order by at, event`,
};
export const findChanges: Statement = {
  name: 'ledger-find-changes',
  text: `select list, index, status from status_change where (bucket, issuer, list, index) in
    (select * from unnest($1::smallint[], $2::text[], $3::text[], $4::integer[]))`,
};
