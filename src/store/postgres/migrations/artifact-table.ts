import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What the authorization engine keeps. Hashes stand for the ids; rows outlive `expires_at` by the sweeper's grace. */
export const artifactTable: Migration = {
  async up(db) {
    await sql`
      create table artifact (
        bucket smallint not null,
        model text not null,
        id bytea not null,
        payload json not null,
        grant_id bytea,
        uid bytea,
        consumed_at timestamptz,
        expires_at timestamptz not null,
        primary key (bucket, model, id)
      )`.execute(db);
    await sql`create index artifact_grant_id on artifact (grant_id) where grant_id is not null`.execute(db);
    await sql`create index artifact_uid on artifact (uid, bucket) where uid is not null`.execute(db);
    await sql`create index artifact_expires_at on artifact (expires_at)`.execute(db);
  },
  async down(db) {
    await sql`drop table artifact`.execute(db);
  },
};
