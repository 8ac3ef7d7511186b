/** A request under an idempotency key. */
export interface KeyedRequest {
  /** Whose request, and the key they gave it. */
  readonly key: string;
  /** Hash of what is asked: the same key may not be used for something else. */
  readonly fingerprint: Uint8Array;
  /** A name for this one try, used for no other. */
  readonly attempt: string;
  /** Until then nobody else tries: whoever tries now may have died by then. */
  readonly attemptUntil: Date;
  readonly expiresAt: Date;
}

export type Beginning =
  /** The caller does what is asked, and keeps the answer. */
  | { readonly outcome: 'begun' }
  /** It was done before. */
  | { readonly outcome: 'kept'; readonly answer: string }
  /** Somebody is doing it now. */
  | { readonly outcome: 'running'; readonly until: Date }
  /** The key stands for another request. */
  | { readonly outcome: 'other' };

/** Answers of requests that must not be done twice, each kept under the key of its request. */
export interface KeptAnswers {
  /** One statement: of all who come with a key, one at a time begins. */
  begin(request: KeyedRequest): Promise<Beginning>;
  /** False when another try had taken over: its answer counts, not this one. */
  keep(request: KeyedRequest, answer: string): Promise<boolean>;
  /** Nothing was done: the next one may begin at once. */
  release(request: KeyedRequest): Promise<void>;
}
