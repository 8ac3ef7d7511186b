import { createHash, type KeyObject } from 'node:crypto';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import { compactVerify } from 'jose';

/** jose, which left secp256k1 behind with WebCrypto; @noble/curves for that one, strict about the lower s as its users are. */
export async function verifyCompact(token: string, key: KeyObject): Promise<void> {
  const [head = '', body = '', tail = ''] = token.split('.');
  const { alg } = JSON.parse(Buffer.from(head, 'base64url').toString()) as { readonly alg: string };
  if (alg !== 'ES256K') {
    await compactVerify(token, key, { algorithms: [alg] });
    return;
  }
  const { crv, x = '', y = '' } = key.export({ format: 'jwk' });
  if (crv !== 'secp256k1') throw new Error(`ES256K by a key on ${crv}`);
  const point = Buffer.concat([Buffer.of(4), Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]);
  const hash = createHash('sha256').update(`${head}.${body}`).digest();
  const good = secp256k1.verify(Buffer.from(tail, 'base64url'), hash, point, { prehash: false, lowS: true });
  if (!good) throw new Error('signature verification failed');
}
