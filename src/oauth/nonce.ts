import { createHmac } from 'node:crypto';
import { base64url, equalBytes, randomBytes, readBase64url, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock, numericDate } from '../lib/clock.ts';

/** What a nonce turned out to be; its use is claimed elsewhere (design D9). */
export type NonceReading = { readonly state: 'valid'; readonly expiresAt: Date } | { readonly state: 'expired' | 'unknown' };

export interface NonceMint {
  readonly secret: Uint8Array;
  /** Who the nonce is for: a nonce of one Credential Issuer is unknown at another. */
  readonly audience: string;
  readonly clock: Clock;
  readonly lifetimeSeconds: number;
}

const timeLength = 6;
const randomLength = 16;
const tagLength = 16;

function tag({ secret, audience }: NonceMint, body: Uint8Array): Uint8Array {
  return createHmac('sha256', secret)
    .update(utf8(`${audience}\n`))
    .update(body)
    .digest()
    .subarray(0, tagLength);
}

/** A nonce that carries its own proof: time it ends, 128 random bits, authentication tag. Making it writes nothing. */
export function mintNonce(mint: NonceMint): string {
  const body = Buffer.alloc(timeLength + randomLength);
  body.writeUIntBE(numericDate(addSeconds(mint.clock.now(), mint.lifetimeSeconds)), 0, timeLength);
  body.set(randomBytes(randomLength), timeLength);
  return base64url(Buffer.concat([body, tag(mint, body)]));
}

export function readNonce(mint: NonceMint, nonce: string): NonceReading {
  const bytes = readBase64url(nonce);
  if (bytes?.byteLength !== timeLength + randomLength + tagLength) return { state: 'unknown' };
  const body = Buffer.from(bytes.subarray(0, timeLength + randomLength));
  if (!equalBytes(tag(mint, body), bytes.subarray(timeLength + randomLength))) return { state: 'unknown' };
  const ends = body.readUIntBE(0, timeLength);
  if (ends <= numericDate(mint.clock.now())) return { state: 'expired' };
  return { state: 'valid', expiresAt: new Date(ends * 1000) };
}
