import type { AnySigner, PublicJwk, SigningAlgorithm } from '../keys/keys.ts';
import type { Json, JsonObject } from '../lib/json.ts';

/** OpenID4VCI 1.0 appendix C: where a claim stands. A string names a member, a number an element, null every element. */
export type ClaimPath = readonly (string | number | null)[];

/** What every format needs to know of a credential type, whatever its encoding. */
export interface ClaimRule {
  readonly path: ClaimPath;
  readonly mandatory: boolean;
  /** Whether the holder may keep it back when showing the credential. */
  readonly disclosure: 'selective' | 'always';
  /** Labels, as OpenID4VCI 1.0 appendix B.2 writes them. */
  readonly display: readonly JsonObject[];
}

/** What kind of list says which credentials are suspended or revoked: Token Status List, or W3C Bitstring Status List. */
export type StatusListKind = 'token_status_list' | 'bitstring_status_list';

/** The part of a credential type that every format may draw on. */
export interface TypeContext {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  readonly version: number;
  readonly rules: readonly ClaimRule[];
  /** Display objects of the type, as OpenID4VCI 1.0 §12.2.4 writes them. */
  readonly display: readonly JsonObject[];
  /** The kind of status list its credentials point at; without one they cannot be revoked. */
  readonly status?: StatusListKind;
}

/** A fault in a credential type document, named by its JSON Pointer. */
export class ProfileFault extends Error {
  readonly pointer: string;
  readonly reason: string;
  constructor(pointer: string, reason: string) {
    super(`${pointer}: ${reason}`);
    this.name = 'ProfileFault';
    this.pointer = pointer;
    this.reason = reason;
  }
}

/** The algorithm a type asks for, ES256 unless it says otherwise: one of those its format has a name for. Throws `ProfileFault`. */
export function readAlgorithm<Algorithm extends SigningAlgorithm>(raw: Json | undefined, possible: readonly Algorithm[]): Algorithm {
  const found = possible.find((algorithm) => algorithm === (raw === undefined ? 'ES256' : raw));
  if (found === undefined) throw new ProfileFault('/profile/algorithm', `must be one of ${possible.join(', ')}`);
  return found;
}

/** A value of the registry that this encoding cannot carry; the message names the place and never the value. */
export class ClaimFault extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'ClaimFault';
  }
}

/** Whose the credential will be: a key proven to be in the holder's hands, and the DID that names it. */
export interface Holder {
  readonly jwk: PublicJwk;
  /** The did:key or did:jwk of the proof, else the did:jwk of its key. */
  readonly did: string;
}

/** Where the status of a credential stands; each format writes it as its own specification does. */
export interface StatusReference {
  /** Address of the Token Status List; the W3C lists stand below it, at `/<name of the securing>/<purpose>`. */
  readonly uri: string;
  readonly index: number;
}

/** One credential to make. Times are already rounded by the issuer (standards VX-6). */
export interface Order {
  /** Credential Issuer identifier. */
  readonly issuer: string;
  /** The issuer's did:web; with `#` and the key id of the signer it names the key in the DID document. */
  readonly issuerDid: string;
  readonly claims: JsonObject;
  readonly holder?: Holder;
  readonly issuedAt: Date;
  readonly expiresAt?: Date;
  readonly status?: StatusReference;
  readonly signer: AnySigner;
}

/** Makes one credential: a string or a JSON object, as OpenID4VCI 1.0 appendix A returns it. The hot path. Throws `ClaimFault`. */
export type Issue = (order: Order) => Promise<string | JsonObject>;

/** A file the issuer serves beside its metadata because a credential refers to it, such as type metadata. */
export interface PublishedDocument {
  readonly path: string;
  readonly mediaType: string;
  readonly body: Uint8Array;
}

/**
 * How a W3C status list, itself a credential, is secured: by the mechanism, the parameters and under the media type of the
 * credentials that point at it (Bitstring Status List 1.0 §4).
 */
export interface ListSecuring {
  /** A part of the list's address: types that secure alike share the list. */
  readonly name: string;
  /** The first is what it is; a reader may ask for it as any of them. */
  readonly mediaTypes: readonly [string, ...string[]];
  readonly algorithm: SigningAlgorithm;
  /** Secures a credential of VCDM 2.0 that has that base context alone. */
  secure(list: JsonObject, by: Pick<Order, 'issuerDid' | 'issuedAt' | 'signer'>): Promise<string | JsonObject>;
}

/** One rule that everything signed must keep. `holds` is on the hot path: comparisons, no parsing and no search. */
export interface Lint<Draft> {
  readonly id: string;
  /** The specification and its section. */
  readonly clause: string;
  readonly holds: (draft: Draft, order: Order) => boolean;
}

/** Looks at a draft of the format that made it; throws what stops the signature. */
export type Judge = (draft: unknown, order: Order) => void;

/** How a credential is encoded: one folder, one line in `app.ts`. */
export interface CredentialFormat<Profile> {
  /** The Credential Format Identifier of OpenID4VCI 1.0 appendix A. */
  readonly identifier: string;
  /** Names the encoding had in older drafts of the specification, the latest first; `compile` makes credentials under each. */
  readonly formerly?: readonly string[];
  /** Said by an encoding that cannot be without a key of its holder; the others take an order without one. */
  readonly holderKey?: 'required';
  /** The kinds of status list its credentials can point at: a type may name no other. */
  readonly statusLists: readonly StatusListKind[];
  /** Reads the format's part of a credential type; throws `ProfileFault`. */
  read(raw: Json, type: TypeContext): Profile;
  /**
   * What takes longer than reading, such as asking a context what each name means: done once, before anything of the type is
   * served. `mapping` is the type's mapping as it stands in the document. Throws `ProfileFault`.
   */
  check?(profile: Profile, claims: { readonly mapping: Json; readonly rules: readonly ClaimRule[] }): Promise<void>;
  /** Which of the issuer's keys signs. */
  algorithm(profile: Profile): SigningAlgorithm;
  /**
   * Where a claim of the type stands in this encoding (OpenID4VCI 1.0 appendix C); `undefined` for one that has no place as a
   * whole, because its parts stand apart.
   */
  claimPath(profile: Profile, path: ClaimPath): ClaimPath | undefined;
  /** The format's members of a credential configuration (OpenID4VCI 1.0 appendix A). */
  metadata(profile: Profile): JsonObject;
  /** How the Bitstring Status List of a type is secured, for a format that can point at one. */
  listSecuring?(profile: Profile): ListSecuring;
  /** Documents the credential refers to; `path` is below the issuer identifier. */
  documents(profile: Profile): readonly PublishedDocument[];
  /** What everything it signs must keep (quality Q20): a closed list of its own, of its own drafts. */
  readonly lints?: readonly Lint<never>[];
  /**
   * Runs once per version of a credential type; what it returns runs per credential, and shows `judge` what it is about to sign.
   * `name` is one of `formerly`.
   */
  compile(profile: Profile, judge?: Judge, name?: string): Issue;
}
