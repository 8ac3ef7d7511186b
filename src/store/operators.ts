/** An operator as the database knows them: never the key, only its hash. */
export interface OperatorRecord {
  /** Stands in the key itself and in the audit trail. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly string[];
  /** SHA-256 of a key of 256 random bits. */
  readonly keyHash: Uint8Array;
  readonly createdAt: Date;
  /** Id of the operator who added this one. */
  readonly createdBy: string;
  readonly expiresAt: Date;
  readonly removedAt?: Date;
  readonly removedBy?: string;
}

/** Who may operate. Rows are never deleted: they say who let whom in, and who shut whom out. */
export interface Operators {
  /** Under an id that is there and in force, the key is replaced: the same order again ends with one operator. */
  add(operator: OperatorRecord): Promise<void>;
  /** The operator with this id whose key is in force now. */
  find(id: string): Promise<OperatorRecord | undefined>;
  /** Everybody, those removed and run out included, in the order in which they came. */
  list(): Promise<readonly OperatorRecord[]>;
  /** Removed for ever; `already` when somebody had done so. */
  remove(id: string, by: string): Promise<'removed' | 'already' | 'unknown'>;
  /** Leaves the hash of a one-time token, in the place of an earlier one; false, and nothing is left, where an owner is in force. */
  invite(tokenHash: Uint8Array, expiresAt: Date): Promise<boolean>;
  /** Spends the token on the first operator: true for exactly one of all callers, and never where an owner is in force (quality SU12). */
  accept(tokenHash: Uint8Array, operator: OperatorRecord): Promise<boolean>;
}
