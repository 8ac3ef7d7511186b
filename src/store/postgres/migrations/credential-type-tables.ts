import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Credential types as documents with versions: few rows, together by issuer. The documents are `json`, which keeps the order of
 * members. The catalogue's one number is what the nodes look at all the time.
 */
export const credentialTypeTables: Migration = {
  async up(db) {
    await sql`
      create table type_catalogue (
        bucket smallint not null,
        issuer text not null,
        revision integer not null default 0,
        primary key (bucket, issuer)
      )`.execute(db);
    await sql`
      create table credential_type (
        bucket smallint not null,
        issuer text not null,
        id text not null,
        version integer not null,
        state text not null default 'draft',
        revision integer not null default 1,
        document json not null,
        changed_at timestamptz not null,
        changed_by text not null,
        primary key (bucket, issuer, id, version)
      )`.execute(db);
    await sql`create unique index credential_type_published on credential_type (bucket, issuer, id) where state = 'published'`.execute(db);
  },
  async down(db) {
    for (const table of ['credential_type', 'type_catalogue']) await sql`drop table ${sql.table(table)}`.execute(db);
  },
};
