import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { KeyStore } from '../keys/keys.ts';
import { randomBytes } from '../lib/bytes.ts';

/** The ledger keeps only a hash of `identity`: nobody but the sender of the request can bring this key back (quality Q8). */
async function replyKey(keys: KeyStore, identity: string): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('reply'))
    .update(identity)
    .digest();
}

/** quality Q8: the reply is kept only for a retry of the same request, under a key of that request. */
export async function sealReply(keys: KeyStore, identity: string, reply: string): Promise<Uint8Array> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await replyKey(keys, identity), iv);
  const body = Buffer.concat([cipher.update(reply, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

/** Opens what `sealReply` made for the same request; throws on anything else. */
export async function openReply(keys: KeyStore, identity: string, sealed: Uint8Array): Promise<string> {
  const decipher = createDecipheriv('aes-256-gcm', await replyKey(keys, identity), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}
