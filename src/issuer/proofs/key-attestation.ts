import type { Holder } from '../../formats/format.ts';
import type { PublicJwk } from '../../keys/keys.ts';
import type { Clock } from '../../lib/clock.ts';
import { isJsonObject, type Json, type JsonObject } from '../../lib/json.ts';
import { didJwkOf } from '../../oauth/holder-key.ts';
import { checkHeader, JwsFault, parseJws, verifySignature } from '../../oauth/jws.ts';
import { readPublicJwk } from '../../oauth/public-key.ts';
import { jwkThumbprint } from '../../oauth/thumbprint.ts';
import { checkTimes } from '../../oauth/time-claims.ts';
import type { AttestationDemands } from './holder-binding.ts';
import type { Attesters } from './proof-trust.ts';

/** A key that a believed attester vouches for. */
export interface AttestedKey {
  readonly jwk: PublicJwk;
  /** Its JWK's own name, where it has one. */
  readonly kid: Json | undefined;
  readonly thumbprint: string;
}

export interface KeyAttestation {
  /** In the order of `attested_keys`, each another one; never empty. */
  readonly keys: readonly AttestedKey[];
  /** Not looked at yet. */
  readonly nonce: string | undefined;
}

export interface AttestationExpectation {
  readonly attesters: Attesters | undefined;
  readonly algorithms: readonly ('ES256' | 'EdDSA' | 'Ed25519')[];
  readonly demands: AttestationDemands;
  readonly clock: Clock;
  /** Whether it must end: beside a proof it may be made beforehand, and then nothing else bounds it (appendix D.1). */
  readonly mustEnd: boolean;
}

const toleranceSeconds = 60;
/** Appendix D.1; the second is its name up to draft 15, which wallet providers on @openid4vc still write. */
const types = ['key-attestation+jwt', 'keyattestation+jwt'];

/** Appendix D.2, the weakest first: what resists more resists less too. */
const iso18045 = ['iso_18045_basic', 'iso_18045_enhanced-basic', 'iso_18045_moderate', 'iso_18045_high'];

function meets(asserted: Json | undefined, accepted: readonly string[]): boolean {
  if (!Array.isArray(asserted)) return false;
  const weakest = Math.min(...accepted.map((level) => iso18045.indexOf(level)).filter((rank) => rank >= 0));
  return asserted.some((level: Json) => typeof level === 'string' && (accepted.includes(level) || iso18045.indexOf(level) >= weakest));
}

function checkLevels(payload: JsonObject, { keyStorage, userAuthentication }: AttestationDemands): void {
  if (keyStorage && !meets(payload.key_storage, keyStorage)) throw new JwsFault('a key storage that is too weak, or not told');
  if (userAuthentication && !meets(payload.user_authentication, userAuthentication))
    throw new JwsFault('a user authentication that is too weak, or not told');
}

/** The curve of a key that could sign under an algorithm. */
const curves = { ES256: 'P-256', EdDSA: 'Ed25519', Ed25519: 'Ed25519' } as const;

function readKey(entry: Json, algorithms: AttestationExpectation['algorithms']): AttestedKey {
  const jwk = readPublicJwk(entry, 'keep');
  if (!jwk || !isJsonObject(entry)) throw new JwsFault('an attested key that is no public key');
  if (!algorithms.some((algorithm) => curves[algorithm] === jwk.crv)) throw new JwsFault('an attested key of an algorithm we do not take');
  return { jwk, kid: entry.kid, thumbprint: jwkThumbprint(jwk) };
}

function readKeys(keys: Json | undefined, algorithms: AttestationExpectation['algorithms']): readonly AttestedKey[] {
  if (!Array.isArray(keys) || keys.length === 0) throw new JwsFault('no attested_keys');
  const read = keys.map((entry: Json) => readKey(entry, algorithms));
  // §8.3: at most one credential for each key.
  if (new Set(read.map(({ thumbprint }) => thumbprint)).size < read.length) throw new JwsFault('one key attested twice');
  return read;
}

/**
 * OpenID4VCI 1.0 appendix D.1: one signature vouches for all keys (standards H-18). Its `status` is not followed. Throws
 * `JwsFault`.
 */
export async function verifyKeyAttestation(token: string, expectation: AttestationExpectation): Promise<KeyAttestation> {
  const { attesters, algorithms, demands, clock, mustEnd } = expectation;
  const jws = parseJws(token);
  const { payload } = jws;
  checkHeader(jws, { types, algorithms });
  // quality R71: `nbf` and `iat` as well as `exp`.
  checkTimes(payload, { clock, toleranceSeconds });
  if (payload.iat === undefined || (mustEnd && payload.exp === undefined)) throw new JwsFault('an attestation without iat or exp');
  checkLevels(payload, demands);
  if (!attesters) throw new JwsFault('no attester is believed here');
  await verifySignature(jws, attesters.keyOf(jws));
  const { nonce } = payload;
  if (nonce !== undefined && typeof nonce !== 'string') throw new JwsFault('a nonce that is no text');
  return { keys: readKeys(payload.attested_keys, algorithms), nonce };
}

/** A credential bound to an attested key names it by its did:jwk where it names a DID. */
export const holderOf = ({ jwk }: AttestedKey): Holder => ({ jwk, did: didJwkOf(jwk) });
