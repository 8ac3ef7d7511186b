import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';
import { auditChainCount } from '../../audit.ts';
import { placeOfChain } from '../bucket.ts';

async function makeChains(db: Parameters<Migration['up']>[0]): Promise<void> {
  await sql`create unique index audit_chain_number on audit (bucket, chain, number)`.execute(db);
  await sql`
    create table audit_chain (
      bucket smallint not null,
      chain smallint not null,
      length bigint not null,
      hash bytea not null,
      seal bytea not null,
      primary key (bucket, chain)
    )`.execute(db);
  for (let chain = 0; chain < auditChainCount; chain += 1)
    await sql`insert into audit_chain values (${placeOfChain(chain)}, ${chain}, 0, ${Buffer.alloc(32)}, ${Buffer.alloc(0)})`.execute(db);
}

/** Rows from before stay as they are, in no chain: nobody can vouch for them now. */
export const auditChain: Migration = {
  async up(db) {
    await sql`alter table audit add column chain smallint, add column number bigint, add column hash bytea`.execute(db);
    await makeChains(db);
  },
  async down(db) {
    await sql`drop table audit_chain`.execute(db);
    await sql`alter table audit drop column chain, drop column number, drop column hash`.execute(db);
  },
};

/** The same for a schema that had no audit trail. */
export const auditTables: Migration = {
  async up(db) {
    await sql`
      create table audit (
        bucket smallint not null,
        id uuid not null,
        issuer text not null,
        at timestamptz not null,
        event json not null,
        chain smallint,
        number bigint,
        hash bytea,
        primary key (bucket, id)
      )`.execute(db);
    await makeChains(db);
  },
  async down(db) {
    for (const table of ['audit_chain', 'audit']) await sql`drop table ${sql.table(table)}`.execute(db);
  },
};
