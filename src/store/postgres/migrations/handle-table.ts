import { sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/**
 * Everything a service remembers for a while. `bucket` is the distribution column (performance S-5): it is derived from the key, so
 * that every statement knows its shard. `value` is json, not jsonb, which refuses the character U+0000 that a client may send.
 */
export const handleTable: Migration = {
  async up(db) {
    await sql`
      create table handle (
        bucket smallint not null,
        key bytea not null,
        kind text not null,
        value json,
        used integer not null default 0,
        expires_at timestamptz not null,
        primary key (bucket, key)
      )`.execute(db);
    await sql`create index handle_expires_at on handle (expires_at)`.execute(db);
  },
  async down(db) {
    await sql`drop table handle`.execute(db);
  },
};
