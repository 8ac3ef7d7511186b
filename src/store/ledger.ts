import type { JsonObject } from '../lib/json.ts';
import type { NewDeferral } from './deferrals.ts';
import type { Status, StatusPlace } from './status-lists.ts';
import type { Kind } from './store.ts';

/** A handle that an issuance spends: it must never have been seen under its kind. */
export interface Spent {
  readonly kind: Kind;
  readonly key: string;
  readonly expiresAt: Date;
}

/** One credential as the ledger remembers it: a digest, never the credential (quality Q8). */
export interface LedgerEntry {
  readonly credentialId: string;
  readonly digest: Uint8Array;
  readonly expiresAt?: Date;
  /** Where its status stands; the lease must still hold when it is committed. */
  readonly status?: StatusPlace;
  /** What the copies of one answer share, drawn at random; without it there is one copy. */
  readonly batch?: Uint8Array;
  /** Keyed hash of the key that names the wallet. */
  readonly wallet?: Uint8Array;
}

/** Everything one credential request changes, committed together or not at all (design D7, quality Q6). */
export interface Issuance {
  readonly issuer: string;
  readonly credentialType: string;
  readonly credentialTypeVersion: number;
  /** Keyed hash of registry and subject: look-up without a name. */
  readonly subjectHash: Uint8Array;
  /** Hash of (token id, canonical request): the same request again gets the same reply. */
  readonly idempotencyKey: Uint8Array;
  readonly spends: readonly Spent[];
  readonly entries: readonly LedgerEntry[];
  readonly issuedAt: Date;
  /** Who, what, from where, with which result; identifiers as keyed hashes only. */
  readonly audit: JsonObject;
  /** The reply, encrypted by the caller, kept until `replyExpiresAt` for retries only. */
  readonly reply: Uint8Array;
  readonly replyExpiresAt: Date;
  /** The request was answered "later": nothing was issued, and this is what is to come of it. */
  readonly deferral?: NewDeferral;
  /** What others shall hear of it, delivered after the commit, at least once (quality Q12). */
  readonly events?: readonly { readonly topic: string; readonly payload: JsonObject }[];
}

export type Commit =
  | { readonly outcome: 'committed' }
  | { readonly outcome: 'already'; readonly reply: Uint8Array }
  | { readonly outcome: 'refused'; readonly spent: Spent }
  /** A lease of a status position had run out: nothing was written, and the order may be made again with another position. */
  | { readonly outcome: 'lapsed' };

/** What a wallet told of what it was given (OpenID4VCI 1.0 §11.1). */
export type WalletEvent = 'credential_accepted' | 'credential_failure' | 'credential_deleted';

/** What was issued. Nothing leaves the issuer before `commit` has answered `committed`. */
export interface Ledger {
  /** One durable write, grouped with those of concurrent callers; one caller's refusal never fails its neighbours. */
  commit(issuance: Issuance): Promise<Commit>;
  /** The stored reply of an earlier identical request, while it is kept. */
  findReply(issuer: string, idempotencyKey: Uint8Array): Promise<Uint8Array | undefined>;
  /** Notes what a wallet told of credentials; the same again changes nothing. */
  notify(issuer: string, credentialIds: readonly string[], event: WalletEvent): Promise<void>;
  /** What one subject was given, newest first; at most a thousand. */
  findBySubject(issuer: string, subjectHash: Uint8Array): Promise<readonly LedgerRecord[]>;
  /** The copies of a batch, or what a wallet holds, newest first; at most a thousand. */
  findByGroup(issuer: string, groupHash: Uint8Array): Promise<readonly LedgerRecord[]>;
}

export interface LedgerRecord extends Omit<LedgerEntry, 'status'> {
  readonly credentialType: string;
  readonly issuedAt: Date;
  /** `undefined` for a credential that cannot be revoked. */
  readonly status?: Status;
  /** In the order in which they came. */
  readonly events: readonly { readonly event: WalletEvent; readonly at: Date }[];
}
