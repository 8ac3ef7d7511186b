import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * What the issuer issued. Each table is spread by a bucket of its own key; the look-up by subject is a table of its own, spread by
 * the subject's hash, so that nothing in `ledger` tells that two credentials share a subject (performance S-6).
 */
export const ledgerTables: Migration = {
  async up(db) {
    await sql`
      create table issuance (
        bucket smallint not null,
        key bytea not null,
        reply bytea not null,
        reply_expires_at timestamptz not null,
        primary key (bucket, key)
      )`.execute(db);
    await sql`create index issuance_reply_expires_at on issuance (reply_expires_at)`.execute(db);
    await sql`
      create table ledger (
        bucket smallint not null,
        credential_id text not null,
        issuer text not null,
        credential_type text not null,
        credential_type_version integer not null,
        digest bytea not null,
        issued_at timestamptz not null,
        expires_at timestamptz,
        primary key (bucket, credential_id)
      )`.execute(db);
    await sql`
      create table ledger_subject (
        bucket smallint not null,
        subject_hash bytea not null,
        issuer text not null,
        credential_id text not null,
        issued_at timestamptz not null,
        primary key (bucket, subject_hash, issuer, credential_id)
      )`.execute(db);
    await sql`
      create table audit (
        bucket smallint not null,
        id uuid not null,
        issuer text not null,
        at timestamptz not null,
        event json not null,
        primary key (bucket, id)
      )`.execute(db);
    await sql`
      create table outbox (
        bucket smallint not null,
        id uuid not null,
        topic text not null,
        payload json not null,
        created_at timestamptz not null,
        primary key (bucket, id)
      )`.execute(db);
  },
  async down(db) {
    for (const table of ['outbox', 'audit', 'ledger_subject', 'ledger', 'issuance']) await sql`drop table ${sql.table(table)}`.execute(db);
  },
};
