import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Requests answered "later". The partial indexes hold only what somebody still has to look at. */
export const deferralTable: Migration = {
  async up(db) {
    await sql`
      create table deferral (
        bucket smallint not null,
        id text not null,
        issuer text not null,
        credential_type text not null,
        state text not null,
        owner text not null,
        content text not null,
        attempts integer not null default 0,
        lease_owner text,
        leased_until timestamptz,
        next_attempt_at timestamptz not null,
        gives_up_at timestamptz not null,
        created_at timestamptz not null,
        expires_at timestamptz not null,
        primary key (bucket, id)
      )`.execute(db);
    await sql`create index deferral_due on deferral (next_attempt_at) where state in ('waiting', 'review')`.execute(db);
    await sql`create index deferral_in_review on deferral (issuer, created_at, id) where state = 'review'`.execute(db);
    await sql`create index deferral_expires_at on deferral (expires_at)`.execute(db);
  },
  async down(db) {
    await sql`drop table deferral`.execute(db);
  },
};
