import type { JsonObject } from '../lib/json.ts';

/**
 * Where a request that was answered "later" stands: its data are not there yet, a clerk has to look at it, it can be picked up,
 * or it will never be issued. What was picked up is gone.
 */
export type DeferralState = 'waiting' | 'review' | 'ready' | 'denied';

/** A request put off, as its ledger commit writes it (`Issuance.deferral`). */
export interface NewDeferral {
  /** Derived from the transaction_id and never the transaction_id itself: who reads the table picks nothing up. */
  readonly id: string;
  readonly state: 'waiting' | 'review';
  readonly credentialType: string;
  /** Keyed hash of who may pick it up. */
  readonly owner: string;
  /** What the pickup needs, sealed by the caller. */
  readonly content: string;
  readonly nextAttemptAt: Date;
  /** When it is given up. */
  readonly givesUpAt: Date;
  /** When it is forgotten, whatever became of it. */
  readonly expiresAt: Date;
}

export interface Deferral extends Omit<NewDeferral, 'state'> {
  readonly issuer: string;
  readonly state: DeferralState;
  readonly createdAt: Date;
  /** How often its data were asked for in vain. */
  readonly attempts: number;
  /** Somebody is at it until then: a worker that completes it, or a pickup. */
  readonly leasedUntil?: Date;
}

/** A hold on one deferral or several, under a name that is used once. */
export interface DeferralLease {
  readonly owner: string;
  readonly until: Date;
}

/** What becomes of a leased deferral: `ready` and `denied` are its end as work; `waiting` is looked at again at the given time. */
export type DeferralOutcome =
  | { readonly state: 'ready' | 'denied'; readonly audit: JsonObject }
  | { readonly state: 'waiting'; readonly nextAttemptAt: Date };

/** Requests that were put off. Each verb is one atomic statement, or one transaction where an audit row goes with it. */
export interface Deferrals {
  find(issuer: string, id: string): Promise<Deferral | undefined>;
  /** Holds one that is ready: true for one caller at a time. */
  beginPickup(issuer: string, id: string, lease: DeferralLease): Promise<boolean>;
  /** Lets go of one that was not picked up after all; it stays ready. */
  abandonPickup(issuer: string, id: string, lease: DeferralLease): Promise<void>;
  /** It is in its owner's hands: forgotten, and the reply that was kept for a retry with it. True for exactly one caller. */
  take(issuer: string, id: string, idempotencyKey: Uint8Array): Promise<boolean>;
  /** Work that is due, each given to one worker at a time; what is in review comes when it is to be given up. */
  due(issuers: readonly string[], lease: DeferralLease, limit: number): Promise<readonly Deferral[]>;
  /** Writes the outcome and ends the lease; false, and nothing changed, for a lease that was lost. */
  settle(deferral: Pick<Deferral, 'issuer' | 'id'>, lease: DeferralLease, outcome: DeferralOutcome): Promise<boolean>;
  /** A clerk's word on one in review, with its audit row: true for exactly one caller. */
  decide(issuer: string, id: string, state: 'ready' | 'denied', audit: JsonObject): Promise<boolean>;
  /** What waits for a clerk, the oldest first, after the given one. */
  inReview(issuer: string, limit: number, after?: Pick<Deferral, 'createdAt' | 'id'>): Promise<readonly Deferral[]>;
}
