/** Algorithms whose keys are points of a curve. */
export type CurveAlgorithm = 'ES256' | 'EdDSA' | 'ES384' | 'ES256K';
/** Algorithms of our own signatures: ES256 and EdDSA, and the others where a credential type asks for them (design D16). */
export type SigningAlgorithm = CurveAlgorithm | 'PS256' | 'RS256';
export const signingAlgorithms: readonly SigningAlgorithm[] = ['ES256', 'EdDSA', 'ES384', 'PS256', 'RS256', 'ES256K'];

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

/** An RSA key as RFC 7518 §6.3.1 writes it. */
export interface RsaJwk {
  readonly kty: 'RSA';
  readonly n: string;
  readonly e: string;
  readonly kid?: string;
  readonly use?: 'sig' | 'enc';
  readonly alg?: string;
  readonly x5c?: readonly string[];
}

/** A public key that verifies one of our signatures. */
export type VerificationJwk = PublicJwk | RsaJwk;

/** What a signing key is for: a key of one purpose never signs for another. Parts after the colon name a Credential Issuer. */
export type SigningPurpose =
  /** Checkpoints of the audit trail. */
  'audit' | 'access-token' | 'id-token' | 'wallet-client' | `credential:${string}` | `status:${string}` | `metadata:${string}`;
/** What a key agreement key is for: the registry reference inside access tokens (design D6), later encrypted requests. */
export type DecryptingPurpose = `registry-reference:${string}` | `request-encryption:${string}`;
/** What a derived secret is for; each is 32 bytes, independent of the others. */
export type SecretPurpose =
  | 'audit'
  | 'account'
  | 'cookie'
  | 'nonce'
  | 'dpop-nonce'
  | 'pairwise'
  | 'pre-authorized-code'
  | 'credential-offer'
  | 'notification'
  | 'deferral'
  | 'pushed-claims'
  | 'permutation'
  | 'subject-hash'
  | 'reply'
  | 'kept-answer'
  | 'session';

export interface Signer<Jwk extends VerificationJwk = PublicJwk> {
  readonly algorithm: SigningAlgorithm;
  readonly keyId: string;
  readonly publicJwk: Jwk;
  /** DER, signer first, trust anchor left out; empty when the purpose has no certificate. */
  readonly certificates: readonly Uint8Array[];
  /** Signature over the bytes: r‖s for ECDSA (RFC 7518 §3.4, RFC 8812 §3.2), 64 bytes for EdDSA (RFC 8037), the modulus' length for RSA. */
  sign(data: Uint8Array): Promise<Uint8Array>;
}

/** A signer of any algorithm. */
export type AnySigner = Signer<VerificationJwk>;

export interface Decrypter {
  readonly algorithm: 'ECDH-ES';
  readonly keyId: string;
  readonly publicJwk: PublicJwk;
  /** The shared secret with the sender's ephemeral key (RFC 7518 §4.6), so that the private key stays in its store. */
  agree(ephemeral: PublicJwk): Promise<Uint8Array>;
}

/** Who signs. Private keys never leave the store behind this interface. */
export interface KeyStore {
  /** The key in force for the purpose, ES256 when nothing else is asked for; made at first use. */
  signer(purpose: SigningPurpose, algorithm?: CurveAlgorithm): Promise<Signer>;
  signer(purpose: SigningPurpose, algorithm?: SigningAlgorithm): Promise<AnySigner>;
  /** The keys that may still open a message: the newest first, then those in overlap. */
  decrypters(purpose: DecryptingPurpose): Promise<readonly Decrypter[]>;
  secret(purpose: SecretPurpose): Promise<Uint8Array>;
  /** Every public key that a verifier of the purpose may need now: in force, published ahead, and retired but in overlap. */
  published(purpose: 'access-token' | 'id-token' | 'wallet-client' | DecryptingPurpose): Promise<readonly PublicJwk[]>;
  published(purpose: SigningPurpose | DecryptingPurpose): Promise<readonly VerificationJwk[]>;
  /** The self-signed root of a Credential Issuer, DER: what a verifier pins. */
  trustAnchor(issuerName: string): Promise<Uint8Array>;
  /** The root's certificate revocation list, DER, at the address its certificates name. */
  revocationList(issuerName: string): Promise<Uint8Array>;
  /** Makes a new key for the purpose; the old one stays published until its overlap has passed. */
  rotate(purpose: SigningPurpose | DecryptingPurpose): Promise<void>;
}
