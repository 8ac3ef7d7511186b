import type { JsonObject } from '../lib/json.ts';

/** A draft may change; what was published never does, because credentials out there name its version. */
export type TypeState = 'draft' | 'published' | 'retired';

/** Names one version of a credential type of one Credential Issuer. */
export interface TypeKey {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  readonly id: string;
  readonly version: number;
}

export interface TypeVersion extends TypeKey {
  readonly state: TypeState;
  /** Grows with every change of this version: who changes it says which one they have seen. */
  readonly revision: number;
  /** As it was saved, in its own order of members. */
  readonly document: JsonObject;
  readonly changedAt: Date;
  readonly changedBy: string;
}

/** Who does it, without personal data. */
export interface TypeAudit {
  readonly actor: string;
  readonly request: string;
}

export interface PublishOrder extends TypeKey {
  /** The draft that was looked at. */
  readonly revision: number;
  /** The issuer's catalogue that it was checked against. */
  readonly catalogue: number;
}

export interface TypeFilter {
  readonly id?: string;
  readonly state?: TypeState;
  readonly format?: string;
  /** Rows after this one, in the order of the answer. */
  readonly after?: Pick<TypeKey, 'id' | 'version'>;
  readonly limit: number;
}

/** Everything an issuer offers or has ever offered, and the revision of its catalogue at that moment. */
export interface PublicTypes {
  readonly catalogue: number;
  readonly versions: readonly TypeVersion[];
}

/** Credential types as documents with versions. Of one id at most one version is published; a version is never changed afterwards. */
export interface TypeStore {
  /** For each issuer a number that grows with everything that changes what it offers: cheap enough to be asked all the time. */
  catalogues(issuers: readonly string[]): Promise<ReadonlyMap<string, number>>;
  readPublic(issuer: string): Promise<PublicTypes>;
  /** By id, the newest version first. */
  list(issuer: string, filter: TypeFilter): Promise<readonly TypeVersion[]>;
  find(key: TypeKey): Promise<TypeVersion | undefined>;
  /** A new draft; `undefined` when that version is there already. */
  create(key: TypeKey, document: JsonObject, audit: TypeAudit): Promise<TypeVersion | undefined>;
  /** Changes a draft that is still at this revision; `undefined` when it is not. */
  replace(key: TypeKey, revision: number, document: JsonObject, audit: TypeAudit): Promise<TypeVersion | undefined>;
  /** Deletes a draft that is still at this revision. */
  remove(key: TypeKey, revision: number, audit: TypeAudit): Promise<boolean>;
  /**
   * Publishes a draft and retires the version of the same id that was published, in one step. `changed`: it is no draft at this
   * revision any more. `outrun`: the catalogue is another one than it was checked against.
   */
  publish(order: PublishOrder, audit: TypeAudit): Promise<'published' | 'changed' | 'outrun'>;
  /** Offers it no longer, or never again; what its credentials refer to stays. False when it is not in that state any more. */
  retire(key: TypeKey, from: TypeState, audit: TypeAudit): Promise<boolean>;
}
