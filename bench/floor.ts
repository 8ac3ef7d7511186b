import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';

/** What one credential request costs in cryptography alone, whatever the server around it does (performance §2). */
export interface FloorRequest {
  readonly accessToken: string;
  readonly dpopProof: string;
  readonly keyProof: string;
}

const ieee = { dsaEncoding: 'ieee-p1363' } as const;

function split(jwt: string): {
  readonly input: Buffer;
  readonly signature: Buffer;
  readonly header: { readonly jwk?: import('node:crypto').webcrypto.JsonWebKey };
} {
  const end = jwt.lastIndexOf('.');
  const header = JSON.parse(Buffer.from(jwt.slice(0, jwt.indexOf('.')), 'base64url').toString()) as {
    jwk?: import('node:crypto').webcrypto.JsonWebKey;
  };
  return { input: Buffer.from(jwt.slice(0, end)), signature: Buffer.from(jwt.slice(end + 1), 'base64url'), header };
}

function mustVerify(jwt: string, key?: KeyObject): void {
  const { input, signature, header } = split(jwt);
  // The import of a fresh embedded key is part of the floor: no cache may hide it.
  const verifier = key ?? createPublicKey({ key: header.jwk as import('node:crypto').webcrypto.JsonWebKey, format: 'jwk' });
  if (!verify('sha256', input, { key: verifier, ...ieee }, signature)) throw new Error('The floor program was handed a bad signature.');
}

const signingKey = createPrivateKey(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ format: 'pem', type: 'pkcs8' }));

/** CPU microseconds per request of the bare cryptography, over the very requests of the load. */
export function floorMicroseconds(requests: readonly FloorRequest[], tokenKey: KeyObject, bodyLength: number): number {
  const body = Buffer.alloc(bodyLength, 'x');
  const before = process.cpuUsage();
  for (const { accessToken, dpopProof, keyProof } of requests) {
    mustVerify(accessToken, tokenKey);
    mustVerify(dpopProof);
    mustVerify(keyProof);
    sign('sha256', body, { key: signingKey, ...ieee });
  }
  const { user, system } = process.cpuUsage(before);
  return (user + system) / requests.length;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
