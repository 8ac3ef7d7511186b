import type { JsonObject } from '../lib/json.ts';

/** How many chains a service's audit trail has: writers of different nodes mostly find one of their own, so that none waits for another. */
export const auditChainCount = 64;

/** One row of the trail. Its hash covers everything here and the hash before it. */
export interface AuditEntry {
  /** From 0 to `auditChainCount` - 1. */
  readonly chain: number;
  /** From 1, without a gap. */
  readonly number: number;
  readonly id: string;
  /** Credential Issuer identifier, or the name of what it concerns. */
  readonly issuer: string;
  readonly at: Date;
  /** The event as JSON text, byte for byte as it was hashed. */
  readonly event: string;
  /** SHA-256. */
  readonly hash: Uint8Array;
}

/** Where a chain ends. */
export interface AuditHead {
  readonly chain: number;
  readonly length: number;
  readonly hash: Uint8Array;
  /** Keyed hash of the above by a secret that the database does not hold. */
  readonly seal: Uint8Array;
  /** The highest number that stands in the table. */
  readonly last: number;
}

/**
 * Who did what to whom, from where, with which result (quality Q25). What changes something writes its row in the same transaction,
 * inside the store; this is for everything else, and for reading.
 */
export interface Audit {
  /** Durable when it resolves; whoever cannot record does not act. */
  record(issuer: string, event: JsonObject): Promise<void>;
  /** One consistent view of all chains. */
  heads(): Promise<readonly AuditHead[]>;
  /** In order of their numbers, those after `after` only. */
  entries(chain: number, after: number, limit: number): Promise<readonly AuditEntry[]>;
  /** Rows from before there were chains. */
  unchained(): Promise<number>;
}
