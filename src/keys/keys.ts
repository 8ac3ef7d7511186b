/** Algorithms of our own signatures (design D16). */
export type SigningAlgorithm = 'ES256' | 'EdDSA';

/** A public key as RFC 7517 writes it, with the members RFC 7638 hashes plus kid, use and alg. */
export interface PublicJwk {
  readonly kty: 'EC' | 'OKP';
  readonly crv: string;
  readonly x: string;
  readonly y?: string;
  readonly kid?: string;
  readonly use?: 'sig' | 'enc';
  readonly alg?: string;
  readonly x5c?: readonly string[];
}

/** What a signing key is for: a key of one purpose never signs for another. Parts after the colon name a Credential Issuer. */
export type SigningPurpose =
  | 'access-token'
  | 'id-token'
  | 'wallet-client'
  | `credential:${string}`
  | `status:${string}`
  | `metadata:${string}`;
/** What a key agreement key is for: the registry reference inside access tokens (design D6), later encrypted requests. */
export type DecryptingPurpose = `registry-reference:${string}` | `request-encryption:${string}`;
/** What a derived secret is for; each is 32 bytes, independent of the others. */
export type SecretPurpose =
  | 'account'
  | 'cookie'
  | 'nonce'
  | 'dpop-nonce'
  | 'pairwise'
  | 'pre-authorized-code'
  | 'credential-offer'
  | 'notification'
  | 'deferral'
  | 'permutation'
  | 'subject-hash'
  | 'reply'
  | 'kept-answer'
  | 'session';

export interface Signer {
  readonly algorithm: SigningAlgorithm;
  readonly keyId: string;
  readonly publicJwk: PublicJwk;
  /** DER, signer first, trust anchor left out; empty when the purpose has no certificate. */
  readonly certificates: readonly Uint8Array[];
  /** Signature over the bytes: r‖s for ES256 (RFC 7518 §3.4), 64 bytes for EdDSA (RFC 8037). */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

export interface Decrypter {
  readonly algorithm: 'ECDH-ES';
  readonly keyId: string;
  readonly publicJwk: PublicJwk;
  /** The shared secret with the sender's ephemeral key (RFC 7518 §4.6), so that the private key stays in its store. */
  agree(ephemeral: PublicJwk): Promise<Uint8Array>;
}

/** Who signs. Private keys never leave the store behind this interface. */
export interface KeyStore {
  /** The key in force for the purpose; made at first use. */
  signer(purpose: SigningPurpose, algorithm?: SigningAlgorithm): Promise<Signer>;
  /** The keys that may still open a message: the newest first, then those in overlap. */
  decrypters(purpose: DecryptingPurpose): Promise<readonly Decrypter[]>;
  secret(purpose: SecretPurpose): Promise<Uint8Array>;
  /** Every public key that a verifier of the purpose may need now: in force, published ahead, and retired but in overlap. */
  published(purpose: SigningPurpose | DecryptingPurpose): Promise<readonly PublicJwk[]>;
  /** The self-signed root of a Credential Issuer, DER: what a verifier pins. */
  trustAnchor(issuerName: string): Promise<Uint8Array>;
  /** The root's certificate revocation list, DER, at the address its certificates name. */
  revocationList(issuerName: string): Promise<Uint8Array>;
  /** Makes a new key for the purpose; the old one stays published until its overlap has passed. */
  rotate(purpose: SigningPurpose | DecryptingPurpose): Promise<void>;
}
