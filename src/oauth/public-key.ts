import { createPublicKey, type KeyObject } from 'node:crypto';
import type { PublicJwk } from '../keys/keys.ts';
import { readBase64url, sha256Base64url } from '../lib/bytes.ts';
import { isJsonObject } from '../lib/json.ts';
import { isOnP256 } from './p256-point.ts';

/** Algorithms we verify. Ed25519 is EdDSA on that curve by its full name (RFC 9864 §2.2). RS256 and PS256 are for foreign parties only (design D16). */
export type VerifyingAlgorithm = 'ES256' | 'ES384' | 'EdDSA' | 'Ed25519' | 'PS256' | 'RS256';

const privateMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'];
/** RFC 7517 §8.1.1, §9.2: whether a key tells more than it must. */
export const hasPrivateMember = (jwk: Readonly<Record<string, unknown>>): boolean => privateMembers.some((name) => name in jwk);
const coordinateLength: Readonly<Record<string, number>> = { 'P-256': 32, 'P-384': 48, Ed25519: 32 };

/**
 * Reads a public EC or OKP key from a stranger; only the members that make the key are kept.
 * `undefined` for private or symmetric material, other curves, wrong lengths and points off the curve. `use` says whether something
 * will be verified with it here: making a key object takes far longer than looking at a point.
 */
export function readPublicJwk(value: unknown, use: 'verify' | 'keep' = 'verify'): PublicJwk | undefined {
  if (!isJsonObject(value) || hasPrivateMember(value)) return undefined;
  const { kty, crv, x, y } = value;
  if (typeof crv !== 'string' || typeof x !== 'string') return undefined;
  const length = coordinateLength[crv];
  const across = readBase64url(x);
  if (length === undefined || across?.byteLength !== length) return undefined;
  if (kty === 'OKP' && crv === 'Ed25519') return importable({ kty, crv, x });
  const up = kty === 'EC' && crv !== 'Ed25519' && typeof y === 'string' ? readBase64url(y) : undefined;
  if (kty !== 'EC' || typeof y !== 'string' || up?.byteLength !== length) return undefined;
  if (use === 'keep' && crv === 'P-256') return isOnP256(across, up) ? { kty, crv, x, y } : undefined;
  return importable({ kty, crv, x, y });
}

function importable(jwk: PublicJwk): PublicJwk | undefined {
  try {
    importPublicKey(jwk);
    return jwk;
  } catch {
    return undefined;
  }
}

const maximumCachedKeys = 4096;
const cachedKeys = new Map<string, KeyObject>();

/** The least recently used key leaves first, so that a stream of strangers' keys does not push out those that return. */
function cached(id: string, make: () => KeyObject): KeyObject {
  const known = cachedKeys.get(id);
  const key = known ?? make();
  if (known) cachedKeys.delete(id);
  else if (cachedKeys.size >= maximumCachedKeys) cachedKeys.delete(cachedKeys.keys().next().value as string);
  cachedKeys.set(id, key);
  return key;
}

/** node:crypto's form of a public key, remembered by its members: a wallet's key returns at every endpoint (performance L-05). */
export function importPublicKey(jwk: PublicJwk): KeyObject {
  const { kty, crv, x, y } = jwk;
  return cached(`${crv}.${x}.${y ?? ''}`, () =>
    createPublicKey({ key: y === undefined ? { kty, crv, x } : { kty, crv, x, y }, format: 'jwk' }),
  );
}

const leastModulus = 2048;
const largestModulus = 8192;
const leastExponent = 65_537n;

/** RFC 7518 §3.3 asks for 2048 bits; the upper bound is ours, because a stranger chooses how long a check takes. */
function readRsaKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  const { n, e } = jwk;
  if (typeof n !== 'string' || typeof e !== 'string' || hasPrivateMember(jwk)) return undefined;
  const [modulus, exponent] = [readBase64url(n), readBase64url(e)];
  if (!modulus || !exponent || modulus.byteLength > largestModulus / 8 || exponent.byteLength > 8) return undefined;
  try {
    const key = cached(sha256Base64url(`${n}.${e}`), () => createPublicKey({ key: { kty: 'RSA', n, e }, format: 'jwk' }));
    const { modulusLength = 0, publicExponent = 0n } = key.asymmetricKeyDetails ?? {};
    return modulusLength >= leastModulus && publicExponent >= leastExponent ? key : undefined;
  } catch {
    return undefined;
  }
}

/** A key from a JWKS of a foreign party, RSA of at least 2048 bits included. `undefined` when it is of no use to us. */
export function importForeignKey(jwk: Readonly<Record<string, unknown>>): KeyObject | undefined {
  if (jwk.kty === 'RSA') return readRsaKey(jwk);
  const read = readPublicJwk(jwk);
  return read && importPublicKey(read);
}

const algorithmsOf = new WeakMap<KeyObject, readonly VerifyingAlgorithm[]>();

function readAlgorithms({ asymmetricKeyType, asymmetricKeyDetails }: KeyObject): readonly VerifyingAlgorithm[] {
  if (asymmetricKeyType === 'ed25519') return ['EdDSA', 'Ed25519'];
  if (asymmetricKeyType === 'rsa') return ['PS256', 'RS256'];
  if (asymmetricKeyType !== 'ec') return [];
  const { namedCurve } = asymmetricKeyDetails ?? {};
  return namedCurve === 'prime256v1' ? ['ES256'] : namedCurve === 'secp384r1' ? ['ES384'] : [];
}

/** Whether a key may verify an algorithm: the key decides, so that no header can choose (RFC 8725 §3.1). */
export function fitsAlgorithm(key: KeyObject, algorithm: string): algorithm is VerifyingAlgorithm {
  const known = algorithmsOf.get(key) ?? readAlgorithms(key);
  algorithmsOf.set(key, known);
  return (known as readonly string[]).includes(algorithm);
}
