import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who may operate, the one-time invitation of the first, and the answers kept for requests that come again. */
export const operatorTables: Migration = {
  async up(db) {
    await sql`
      create table operator (
        bucket smallint not null,
        id text not null,
        name text not null,
        roles text[] not null,
        key_hash bytea not null,
        created_at timestamptz not null,
        created_by text not null,
        expires_at timestamptz not null,
        removed_at timestamptz,
        removed_by text,
        primary key (bucket, id)
      )`.execute(db);
    await sql`
      create table operator_invitation (
        bucket smallint not null,
        token_hash bytea not null,
        expires_at timestamptz not null,
        primary key (bucket)
      )`.execute(db);
    await sql`
      create table kept_answer (
        bucket smallint not null,
        key bytea not null,
        fingerprint bytea not null,
        attempt text not null,
        attempt_until timestamptz not null,
        answer text,
        expires_at timestamptz not null,
        primary key (bucket, key)
      )`.execute(db);
    await sql`create index kept_answer_expires_at on kept_answer (expires_at)`.execute(db);
  },
  async down(db) {
    for (const table of ['kept_answer', 'operator_invitation', 'operator']) await sql`drop table ${sql.table(table)}`.execute(db);
  },
};
