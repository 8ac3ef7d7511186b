import {
  constants,
  createHash,
  createPrivateKey,
  createPublicKey,
  diffieHellman,
  generateKeyPair,
  generateKeyPairSync,
  type JsonWebKeyInput,
  type KeyObject,
  type SignKeyObjectInput,
  sign,
} from 'node:crypto';
import { promisify } from 'node:util';
import { base64url } from '../../lib/bytes.ts';
import { firstInTurn } from '../../lib/loop-turn.ts';
import type { AnySigner, CurveAlgorithm, Decrypter, PublicJwk, RsaJwk, SigningAlgorithm, VerificationJwk } from '../keys.ts';

/** One key as its file keeps it. Times are ISO 8601. */
export interface KeyRecord {
  readonly algorithm: SigningAlgorithm | 'ECDH-ES';
  /** PKCS#8 DER, base64url. */
  readonly privateKey: string;
  readonly createdAt: string;
  /** From when it signs; published before that. */
  readonly activeFrom: string;
  /** After that it is published no more. */
  readonly retiredAt?: string;
  /** DER, base64: the signer's certificate, without the anchor. */
  readonly certificates: readonly string[];
}

/** Curves as OpenSSL calls them. */
const curves: Readonly<Record<Exclude<CurveAlgorithm, 'EdDSA'> | 'ECDH-ES', string>> = {
  ES256: 'P-256',
  ES384: 'P-384',
  ES256K: 'secp256k1',
  'ECDH-ES': 'P-256',
};
/** As strong as SHA-256 and P-256: credentials outlive 2030, when NIST SP 800-131A ends 2048 bits. */
const modulusLength = 3072;

export async function makeKey(algorithm: KeyRecord['algorithm']): Promise<KeyObject> {
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519').privateKey;
  // Primes take a second to find: not on the main thread.
  if (algorithm === 'PS256' || algorithm === 'RS256') return (await promisify(generateKeyPair)('rsa', { modulusLength })).privateKey;
  return generateKeyPairSync('ec', { namedCurve: curves[algorithm] }).privateKey;
}

export const exportPkcs8 = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'pkcs8' });
export const exportSpki = (key: KeyObject): Uint8Array => createPublicKey(key).export({ format: 'der', type: 'spki' });
export const importPkcs8 = (text: string): KeyObject =>
  createPrivateKey({ key: Buffer.from(text, 'base64url'), format: 'der', type: 'pkcs8' });

/** RFC 7638 §3; written out here because an implementation of the store stands on nothing but its interface. */
function thumbprint(jwk: VerificationJwk): string {
  // The required members of each kind in the order of their names.
  const { kty } = jwk;
  const members = kty === 'RSA' ? { e: jwk.e, kty, n: jwk.n } : { crv: jwk.crv, kty, x: jwk.x, ...(kty === 'EC' ? { y: jwk.y } : {}) };
  return base64url(createHash('sha256').update(JSON.stringify(members)).digest());
}

/** Of which kind the key is tells the algorithm of its record. */
export function publicJwkOf<Jwk extends VerificationJwk = VerificationJwk>(record: KeyRecord): Jwk & Required<Pick<Jwk, 'kid'>> {
  const { kty, crv, x, y, n, e } = createPublicKey(importPkcs8(record.privateKey)).export({ format: 'jwk' }) as PublicJwk & RsaJwk;
  const jwk = (n === undefined ? { kty, crv, x, ...(y === undefined ? {} : { y }) } : { kty, n, e }) as unknown as Jwk;
  const use = record.algorithm === 'ECDH-ES' ? 'enc' : 'sig';
  const named = {
    ...jwk,
    kid: thumbprint(jwk),
    use,
    alg: record.algorithm,
    ...(record.certificates.length > 0 ? { x5c: record.certificates } : {}),
  };
  return named as typeof named & Required<Pick<Jwk, 'kid'>>;
}

const pss = { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST };

const order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;

/** RFC 8812 takes either s; verifiers that come from blockchains take the lower one alone (BIP 62). */
function withLowS(signature: Buffer): Buffer {
  const s = BigInt(`0x${signature.toString('hex', 32)}`);
  if (s > order / 2n) signature.write((order - s).toString(16).padStart(64, '0'), 32, 'hex');
  return signature;
}

export function signerOf(record: KeyRecord, algorithm: SigningAlgorithm): AnySigner {
  const publicJwk = publicJwkOf(record);
  const key = importPkcs8(record.privateKey);
  const options: SignKeyObjectInput = algorithm === 'PS256' ? { key, ...pss } : { key, dsaEncoding: 'ieee-p1363' };
  const digest = algorithm === 'EdDSA' ? null : algorithm === 'ES384' ? 'sha384' : 'sha256';
  const finish = algorithm === 'ES256K' ? withLowS : (signature: Buffer) => signature;
  return {
    algorithm,
    keyId: publicJwk.kid,
    publicJwk,
    certificates: record.certificates.map((text) => Buffer.from(text, 'base64')),
    sign(data) {
      if (firstInTurn()) return Promise.resolve(finish(sign(digest, data, options)));
      return new Promise((resolve, reject) =>
        sign(digest, data, options, (fault, signature) => (fault ? reject(fault) : resolve(finish(signature)))),
      );
    },
  };
}

export function decrypterOf(record: KeyRecord): Decrypter {
  const publicJwk = publicJwkOf<PublicJwk>(record);
  const privateKey = importPkcs8(record.privateKey);
  return {
    algorithm: 'ECDH-ES',
    keyId: publicJwk.kid,
    publicJwk,
    async agree({ kty, crv, x, y }) {
      const input = { key: { kty, crv, x, y }, format: 'jwk' } as JsonWebKeyInput;
      return diffieHellman({ privateKey, publicKey: createPublicKey(input) });
    },
  };
}
