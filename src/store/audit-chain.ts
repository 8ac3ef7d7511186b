import { createHmac } from 'node:crypto';
import { base64url, equalBytes, sha256 } from '../lib/bytes.ts';
import { type AuditEntry, type AuditHead, auditChainCount } from './audit.ts';

/** What stands before the first entry. */
export const emptyChain: Uint8Array = new Uint8Array(32);

/** The hash of an entry, after the one before it. `service` keeps the trails of two services apart. */
export function hashEntry(service: string, entry: Omit<AuditEntry, 'hash'>, before: Uint8Array): Uint8Array {
  const { chain, number, id, issuer, at, event } = entry;
  return sha256(JSON.stringify([service, chain, number, base64url(before), id, issuer, at.toISOString(), event]));
}

/** The seal of a head: who holds the database alone can make none. `secret` is 32 bytes. */
export function sealHead(
  secret: Uint8Array,
  service: string,
  { chain, length, hash }: Pick<AuditHead, 'chain' | 'length' | 'hash'>,
): Uint8Array {
  return createHmac('sha256', secret)
    .update(JSON.stringify(['audit head', service, chain, length, base64url(hash)]))
    .digest();
}

/** A network address as the trail names it: equal ones look alike, and nobody reads it back without the secret. */
export function hashAddress(secret: Uint8Array, address: string): string {
  return base64url(createHmac('sha256', secret).update(`from\n${address}`).digest().subarray(0, 16));
}

/** What is wrong, and where: an entry by its chain and number. */
export interface AuditFault {
  readonly chain: number;
  readonly number: number;
  readonly fault:
    | 'altered'
    | 'missing'
    | 'out-of-order'
    /** Entries before the chain's recorded end are gone. */
    | 'truncated'
    /** Entries stand after the recorded end. */
    | 'added'
    /** The recorded end is not what this product wrote. */
    | 'head-forged'
    /** The chain does not hold what an earlier checkpoint says of it. */
    | 'rewritten';
}

/** A point that a chain is known to have passed. */
export type Passed = Pick<AuditHead, 'chain' | 'length' | 'hash'>;

/** Checks one chain, entry by entry in order. */
export class ChainCheck {
  readonly faults: AuditFault[] = [];
  readonly #service: string;
  readonly #chain: number;
  readonly #passed: Passed | undefined;
  #number = 0;
  #hash = emptyChain;

  constructor(service: string, chain: number, passed?: Passed) {
    this.#service = service;
    this.#chain = chain;
    this.#passed = passed;
  }

  get length(): number {
    return this.#number;
  }

  #report(number: number, fault: AuditFault['fault']): void {
    this.faults.push({ chain: this.#chain, number, fault });
  }

  take(entry: AuditEntry): void {
    const { number, hash } = entry;
    const expected = this.#number + 1;
    if (number <= this.#number) this.#report(number, 'out-of-order');
    if (number <= this.#number) return;
    if (number > expected) this.#report(expected, 'missing');
    // After a gap the entry before is unknown: its own hash cannot be judged, the next one's can.
    else if (!equalBytes(hashEntry(this.#service, { ...entry, chain: this.#chain }, this.#hash), hash)) this.#report(number, 'altered');
    this.#number = number;
    this.#hash = hash;
    if (number === this.#passed?.length && !equalBytes(hash, this.#passed.hash)) this.#report(number, 'rewritten');
  }

  /** The end as it was recorded; `secret` is absent where only an export is at hand. */
  end(head: (Passed & Partial<Pick<AuditHead, 'seal' | 'last'>>) | undefined, secret?: Uint8Array): void {
    if (!head) this.#report(this.#number, 'head-forged');
    else this.#judgeEnd(head, secret);
  }

  #judgeEnd(head: Passed & Partial<Pick<AuditHead, 'seal' | 'last'>>, secret?: Uint8Array): void {
    const { length, hash, seal, last } = head;
    if (length > this.#number) this.#report(this.#number + 1, 'truncated');
    else if (length < this.#number || (last !== undefined && last > length)) this.#report(length + 1, 'added');
    else if (!equalBytes(hash, this.#hash)) this.#report(length, 'altered');
    if (secret && !equalBytes(seal ?? new Uint8Array(), sealHead(secret, this.#service, head))) this.#report(length, 'head-forged');
    if (this.#passed && this.#passed.length > length) this.#report(length + 1, 'rewritten');
  }
}

/** Every chain's number, so that one that is gone altogether is missed. */
export const allChains: readonly number[] = Array.from({ length: auditChainCount }, (_, chain) => chain);
