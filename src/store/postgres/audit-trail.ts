import { randomBytes } from '../../lib/bytes.ts';
import type { JsonObject } from '../../lib/json.ts';
import { type AuditEntry, auditChainCount } from '../audit.ts';
import { allChains, emptyChain, hashEntry, sealHead } from '../audit-chain.ts';
import { placeOfChain } from './bucket.ts';
import type { Session, Statement } from './session.ts';
import { timeOrderedId } from './time-ordered-id.ts';
import { columnsOf } from './unnest.ts';

/** An event that is about to be recorded. */
export interface AuditEvent {
  readonly issuer: string;
  readonly at: Date;
  readonly event: JsonObject;
}

interface Head {
  readonly length: number;
  readonly hash: Uint8Array;
}

/** Only where the chain still ends as the writer believes: the end moves on and the entries are written, or nothing happens. */
const append: Statement = {
  name: 'audit-append',
  text: `with moved as (
      update audit_chain set length = $5, hash = $6, seal = $7 where bucket = $1 and chain = $2 and length = $3 and hash = $4 returning 1
    ), written as (
      insert into audit (bucket, chain, number, id, issuer, at, event, hash)
      select $1::smallint, $2::smallint, entry.* from unnest($8::bigint[], $9::uuid[], $10::text[], $11::timestamptz[], $12::json[], $13::bytea[])
        as entry where exists (select from moved)
    ) select count(*)::integer as moved from moved`,
};
const holdHead: Statement = {
  name: 'audit-hold-head',
  text: 'select length, hash from audit_chain where bucket = $1 and chain = $2 for update',
};
const sealNew: Statement = {
  name: 'audit-seal-new',
  text: `update audit_chain as known set seal = fresh.seal from unnest($1::smallint[], $2::smallint[], $3::bytea[]) as fresh (bucket, chain, seal)
    where known.bucket = fresh.bucket and known.chain = fresh.chain and known.length = 0 and known.seal = ''
      and not exists (select from audit_chain where seal <> '')`,
};

/**
 * Appends to one chain of a service's audit trail, as the last thing a transaction does: from then until its commit it holds the
 * chain's end. Where the chain ends is remembered from the last time, so that a group of writes costs one statement; a memory that
 * proves wrong (another writer, a transaction that was undone) is refreshed under the lock.
 */
export class AuditTrail {
  readonly #service: string;
  readonly #secret: Uint8Array | undefined;
  readonly #chain = (((randomBytes(1)[0] ?? 0) << 8) | (randomBytes(1)[0] ?? 0)) % auditChainCount;
  #head: Head | undefined;

  /** `secret` is 32 bytes; without it nothing can be recorded, and so nothing be done. */
  constructor(service: string, secret: Uint8Array | undefined) {
    this.#service = service;
    this.#secret = secret;
  }

  /** Seals the empty chains of a new database, once: afterwards an end without a seal is a forged one. */
  async sealNew(session: Session): Promise<void> {
    const secret = this.#secret;
    if (!secret) return;
    const rows = allChains.map((chain) => [
      placeOfChain(chain),
      chain,
      sealHead(secret, this.#service, { chain, length: 0, hash: emptyChain }),
    ]);
    await session.run(sealNew, columnsOf(rows, 3));
  }

  async append(session: Session, events: readonly AuditEvent[]): Promise<void> {
    if (events.length === 0) return;
    const before = this.#head ?? (await this.#holdHead(session));
    if (await this.#write(session, before, events)) return;
    if (!(await this.#write(session, await this.#holdHead(session), events))) throw new Error('The audit trail has no such chain.');
  }

  async #holdHead(session: Session): Promise<Head> {
    const [row] = await session.run<{ readonly length: string; readonly hash: Uint8Array }>(holdHead, [
      placeOfChain(this.#chain),
      this.#chain,
    ]);
    if (!row) throw new Error('The audit trail has no such chain.');
    return { length: Number(row.length), hash: row.hash };
  }

  async #write(session: Session, before: Head, events: readonly AuditEvent[]): Promise<boolean> {
    if (!this.#secret) throw new Error('Without its secret the audit trail cannot be written.');
    const chain = this.#chain;
    let { length, hash } = before;
    const rows = events.map(({ issuer, at, event }) => {
      const entry: Omit<AuditEntry, 'hash'> = { chain, number: ++length, id: timeOrderedId(at), issuer, at, event: JSON.stringify(event) };
      hash = hashEntry(this.#service, entry, hash);
      return [entry.number, entry.id, issuer, at, entry.event, hash];
    });
    const seal = sealHead(this.#secret, this.#service, { chain, length, hash });
    const place = [placeOfChain(chain), chain, before.length, before.hash, length, hash, seal];
    const [answer] = await session.run<{ readonly moved: number }>(append, [...place, ...columnsOf(rows, 6)]);
    const moved = answer?.moved === 1;
    this.#head = moved ? { length, hash } : undefined;
    return moved;
  }
}
