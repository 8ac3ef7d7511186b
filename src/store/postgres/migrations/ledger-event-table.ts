import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** What wallets told of their credentials: one row an event, beside the ledger and spread like it, so that issuing writes nothing for it. */
export const ledgerEventTable: Migration = {
  async up(db) {
    await sql`
      create table ledger_event (
        bucket smallint not null,
        credential_id text not null,
        event text not null,
        issuer text not null,
        at timestamptz not null,
        primary key (bucket, credential_id, event)
      )`.execute(db);
  },
  async down(db) {
    await sql`drop table ledger_event`.execute(db);
  },
};
