import { createCipheriv, createPublicKey, diffieHellman, generateKeyPairSync, randomBytes, type webcrypto } from 'node:crypto';
import type { JWK } from 'jose';
import { deriveContentKey } from '../../src/oauth/jwe.ts';

/** A JWE whose content is compressed (RFC 7516 §4.1.3): jose makes none. ECDH-ES with A256GCM, the key derivation judged by RFC 7518 appendix C. */
export function encryptDeflated(recipient: JWK, deflated: Uint8Array): string {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const theirs = createPublicKey({ key: recipient as webcrypto.JsonWebKey, format: 'jwk' });
  const none = new Uint8Array();
  const secret = diffieHellman({ privateKey, publicKey: theirs });
  const key = deriveContentKey({ secret, partyU: none, partyV: none, algorithm: 'A256GCM' });
  const header = { alg: 'ECDH-ES', enc: 'A256GCM', zip: 'DEF', kid: recipient.kid, epk: publicKey.export({ format: 'jwk' }) };
  const head = Buffer.from(JSON.stringify(header)).toString('base64url');
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', key, iv).setAAD(Buffer.from(head));
  const text = Buffer.concat([cipher.update(deflated), cipher.final()]);
  return `${head}..${iv.toString('base64url')}.${text.toString('base64url')}.${cipher.getAuthTag().toString('base64url')}`;
}
