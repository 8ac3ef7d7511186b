import { scrypt } from 'node:crypto';
import { randomBytes } from '../../lib/bytes.ts';

export interface ScryptCost {
  /** N is 2 to this power. */
  readonly ln: number;
  readonly r: number;
  readonly p: number;
}

export interface PasswordHash extends ScryptCost {
  readonly salt: Uint8Array;
  readonly hash: Uint8Array;
}

/** Runs the memory-hard function once; injected so that a test can count the runs. */
export type HashPassword = (password: string, salt: Uint8Array, cost: ScryptCost) => Promise<Uint8Array>;

const hashLength = 32;
const defaultCost: ScryptCost = { ln: 15, r: 8, p: 3 };
const form = /^\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{22,86})\$([A-Za-z0-9+/]{43})$/;

/** Reads the PHC string form of a scrypt hash; `undefined` when it is another form or costs an attacker too little. */
export function readPasswordHash(text: string): PasswordHash | undefined {
  const [, ln, r, p, salt = '', hash = ''] = form.exec(text) ?? [];
  const cost = { ln: Number(ln), r: Number(r), p: Number(p) };
  // At least 16 MiB for each guess, and at most 256 MiB of ours.
  const sound = cost.ln >= 14 && cost.ln <= 18 && cost.r >= 8 && cost.r <= 8 && cost.p >= 1 && cost.p <= 16;
  return sound ? { ...cost, salt: Buffer.from(salt, 'base64'), hash: Buffer.from(hash, 'base64') } : undefined;
}

/** scrypt (RFC 7914) off the main thread. */
export const hashWithScrypt: HashPassword = (password, salt, { ln, r, p }) =>
  new Promise((resolve, reject) => {
    const cost = { N: 2 ** ln, r, p, maxmem: 128 * 2 ** ln * r + 1024 * 1024 * p };
    // One password, one spelling, whatever keyboard typed it (RFC 8265 §4.2).
    scrypt(password.normalize('NFC'), salt, hashLength, cost, (fault, hash) => (fault ? reject(fault) : resolve(hash)));
  });

/** The hash that a person without one is compared with: as costly as the others, and met by no password. */
export function unmeetableHash(cost: ScryptCost = defaultCost): PasswordHash {
  return { ln: cost.ln, r: cost.r, p: cost.p, salt: randomBytes(16), hash: randomBytes(hashLength) };
}
