import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Which credentials belong together otherwise than by their subject: the copies of one batch, and what one wallet holds. A table of
 * its own, spread by the group's hash like the one of subjects; nothing in it is derived from a subject.
 */
export const ledgerGroupTable: Migration = {
  async up(db) {
    await sql`
      create table ledger_group (
        bucket smallint not null,
        group_hash bytea not null,
        issuer text not null,
        credential_id text not null,
        primary key (bucket, group_hash, issuer, credential_id)
      )`.execute(db);
    await sql`alter table ledger add column batch bytea, add column wallet bytea`.execute(db);
  },
  async down(db) {
    await sql`alter table ledger drop column batch, drop column wallet`.execute(db);
    await sql`drop table ledger_group`.execute(db);
  },
};
