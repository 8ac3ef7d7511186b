/** A public key of a holder as WebCrypto exports it. */
export interface HolderJwk {
  readonly kty?: string;
  readonly crv?: string;
  readonly x?: string;
  readonly y?: string;
}

/** What must be true of a credential before its owner sees it. */
export interface Expectation {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  /** The credential configuration of the issuer's metadata, as published. */
  readonly configuration: Readonly<Record<string, unknown>>;
  readonly holderKey: HolderJwk;
  /** The issuer's root certificate, DER. */
  readonly trustAnchor: Uint8Array<ArrayBuffer>;
  readonly now: Date;
}

/** A credential that was verified. */
export interface ReadCredential {
  readonly format: string;
  /** The name of its type, whatever the format calls it. */
  readonly type: string;
  readonly algorithm: string;
  /** What it says of its owner; members of the encoding itself are left out. */
  readonly claims: Readonly<Record<string, unknown>>;
  /** Members of `claims` that only hold others together, such as the namespaces of an encoding. */
  readonly groups: readonly string[];
  readonly issuedAt: Date | undefined;
  readonly validFrom: Date | undefined;
  readonly validUntil: Date | undefined;
}

/** Why a credential was refused: for the technical details, never shown as the only words. */
export class CredentialFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CredentialFault';
  }
}

/** Where a claim stands (OpenID4VCI 1.0 appendix C). */
export type DescribedPath = readonly (string | number | null)[];

/** Reads and verifies credentials of one format. */
export interface CredentialReader {
  /** Where a claim that the issuer's metadata describes stands in `claims`; without it, at the very same place. */
  readonly placeOf?: (described: DescribedPath) => DescribedPath;
  /** Throws `CredentialFault` unless signature, chain, type, binding and times are right. */
  read(credential: unknown, expectation: Expectation): Promise<ReadCredential>;
}
