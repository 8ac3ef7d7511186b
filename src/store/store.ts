import type { Json } from '../lib/json.ts';

/** The sort of a handle, such as `dpop-jti`. Two kinds never share a key, so one feature's handle is nothing to another (quality R3). */
export type Kind = Lowercase<string>;

/** What `mark` found: the value goes to the one caller that marked first. */
export type Mark =
  | { readonly outcome: 'marked'; readonly value: Json }
  | { readonly outcome: 'already'; readonly value: Json }
  | { readonly outcome: 'absent' };

/** What `count` allowed: `used` is the number of tries so far, this one included when it was allowed. */
export type Count = { readonly allowed: boolean; readonly used: number; readonly until: Date };

/**
 * What one service remembers for a while. Each verb is one atomic statement (design §4, quality Q1);
 * keys are hashed before they are written, and expired rows count as absent even before the sweeper has passed.
 * All times come from the caller's clock.
 */
export interface Store {
  /** Writes the value under the key, replacing what stood there. */
  put(kind: Kind, key: string, value: Json, expiresAt: Date): Promise<void>;
  /** Reads without spending. Claims and counters are no values: nobody reads, takes or marks them. */
  get(kind: Kind, key: string): Promise<Json | undefined>;
  /** Reads and removes: of two concurrent callers exactly one gets the value. A marked value is spent and stays. */
  take(kind: Kind, key: string): Promise<Json | undefined>;
  /** Takes possession of a key never seen before: true for exactly one caller until `expiresAt`. */
  claim(kind: Kind, key: string, expiresAt: Date): Promise<boolean>;
  /** Marks a stored value as used and leaves it until it expires, so that a second use is noticed. */
  mark(kind: Kind, key: string): Promise<Mark>;
  /** Reserves one try of at most `limit` in the window that the first try opened; never lets more through, however many ask at once. */
  count(kind: Kind, key: string, limit: number, windowSeconds: number): Promise<Count>;
  /** Gives one reserved try back, because it came to nothing; never below zero. Refused tries are not held against the key. */
  uncount(kind: Kind, key: string, limit: number): Promise<void>;
  /** How many tries the running window has seen, refused ones included. */
  counted(kind: Kind, key: string): Promise<number>;
  /** Forgets a key, whatever it holds. */
  remove(kind: Kind, key: string): Promise<void>;
  /** All or nothing: `work` sees its own writes, others see them only when it returns. */
  transaction<Result>(work: (store: Store) => Promise<Result>): Promise<Result>;
}

/** The database does not answer for the moment; the same request may succeed later. Callers get 503 `temporarily_unavailable`. */
export class StoreUnavailable extends Error {
  constructor(cause: unknown) {
    super('The database does not answer.', { cause });
    this.name = 'StoreUnavailable';
  }
}
