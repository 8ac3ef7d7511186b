/** A run of positions of one status list that one node may hand out; nobody else has them while the lease lasts. */
export interface StatusLease {
  readonly issuer: string;
  /** Random public name of the list. */
  readonly list: string;
  /** How many statuses the list holds. */
  readonly size: number;
  /** First position, and how many there are; the issuer turns positions into indices that tell nothing (design D8). */
  readonly start: number;
  readonly length: number;
  readonly owner: string;
  readonly until: Date;
  /** An earlier node left it behind: some of its positions may have been used. */
  readonly takenOver: boolean;
}

/** Where a credential's status stands, and the lease that a commit still needs. */
export interface StatusPlace {
  readonly list: string;
  readonly index: number;
  readonly lease: Pick<StatusLease, 'start' | 'owner'>;
}

/** Token Status List §7.1. Invalid is final (quality Q41); suspended may be taken back. */
export type Status = 'valid' | 'invalid' | 'suspended';

export interface StatusList {
  readonly size: number;
  /** Grows with every change. */
  readonly version: number;
}

export interface StatusChange {
  readonly index: number;
  readonly status: Exclude<Status, 'valid'>;
}

/** `irrevocable`: there is such a credential, and no list it stands in. */
export type StatusOutcome = 'changed' | 'unchanged' | 'final' | 'irrevocable' | 'unknown';

export interface CredentialOutcome {
  readonly credentialId: string;
  readonly outcome: Exclude<StatusOutcome, 'unknown'>;
}

/** Credentials that belong together, by the hash they are found under. */
export interface CredentialGroup {
  readonly by: 'subject' | 'wallet' | 'batch';
  readonly hash: Uint8Array;
}

export interface LeaseOrder {
  readonly issuer: string;
  /** A name for this one lease, used for no other. */
  readonly owner: string;
  readonly length: number;
  readonly until: Date;
}

/** Which credential is valid, suspended or revoked. A status nobody has changed costs no row. */
export interface StatusLists {
  /** A run that a dead node left, else fresh positions; each position is leased to one node at a time. */
  lease(order: LeaseOrder): Promise<StatusLease>;
  /** Makes it last longer; false when it had run out and may be somebody else's by now. */
  renew(lease: StatusLease, until: Date): Promise<boolean>;
  /** Gives up a run of which nothing is left. */
  end(lease: StatusLease): Promise<void>;
  /** Which of these indices credentials have been committed with. */
  used(issuer: string, list: string, indices: readonly number[]): Promise<ReadonlySet<number>>;
  find(issuer: string, list: string): Promise<StatusList | undefined>;
  /** Every status of the list that is not valid. */
  changes(issuer: string, list: string): Promise<readonly StatusChange[]>;
  /** Sets the status of credentials, all copies together, in one transaction; one outcome each, in order. */
  set(issuer: string, credentialIds: readonly string[], status: Status, audit: StatusAudit): Promise<readonly StatusOutcome[]>;
  /** The same for a whole group, whatever its size and its formats (features B64). */
  setGroup(issuer: string, group: CredentialGroup, status: Status, audit: StatusAudit): Promise<readonly CredentialOutcome[]>;
}

/** Who did it and why, without personal data. */
export interface StatusAudit {
  readonly actor: string;
  readonly request: string;
  readonly reason?: string;
  /** Nothing changes and nothing is written: the outcomes say what would be. */
  readonly rehearsal?: boolean;
}
