import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Status lists without a row per free index (design D8): a list is a counter, a lease a run of its positions, and only what is not
 * valid has a row. Lists and leases are few and spread by issuer; changes may be many and are spread by list.
 */
export const statusTables: Migration = {
  async up(db) {
    await sql`
      create table status_list (
        bucket smallint not null,
        issuer text not null,
        number integer not null,
        name text not null,
        size integer not null,
        next_position integer not null default 0,
        version integer not null default 0,
        opened_at timestamptz not null,
        primary key (bucket, issuer, number)
      )`.execute(db);
    await sql`create unique index status_list_name on status_list (bucket, issuer, name)`.execute(db);
    await sql`
      create table status_lease (
        bucket smallint not null,
        issuer text not null,
        list text not null,
        start integer not null,
        length integer not null,
        owner text not null,
        leased_until timestamptz not null,
        primary key (bucket, issuer, list, start)
      )`.execute(db);
    await sql`
      create table status_change (
        bucket smallint not null,
        issuer text not null,
        list text not null,
        index integer not null,
        status text not null,
        changed_at timestamptz not null,
        primary key (bucket, issuer, list, index)
      )`.execute(db);
    await sql`alter table ledger add column status_list text, add column status_index integer`.execute(db);
    await sql`create index ledger_status on ledger (status_list, status_index) where status_list is not null`.execute(db);
  },
  async down(db) {
    await sql`drop index ledger_status`.execute(db);
    await sql`alter table ledger drop column status_list, drop column status_index`.execute(db);
    for (const table of ['status_change', 'status_lease', 'status_list']) await sql`drop table ${sql.table(table)}`.execute(db);
  },
};
