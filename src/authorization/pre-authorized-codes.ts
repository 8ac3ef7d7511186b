import { createHmac, randomInt } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { base64url, equalBytes, randomHandle, readBase64url, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { Store } from '../store/store.ts';

/** What a pre-authorized code allows: these configurations of one Credential Issuer, about one person (standards VX-3). */
export interface PreAuthorization {
  readonly accountId: string;
  readonly issuer: string;
  readonly configurationIds: readonly string[];
}

export interface IssuedPreAuthorizedCode {
  readonly code: string;
  /** Reaches the person by another way than the code; shown once, kept as a keyed hash. */
  readonly txCode: string | undefined;
  readonly expiresAt: Date;
}

export interface FoundPreAuthorizedCode extends PreAuthorization {
  readonly txCodeExpected: boolean;
}

/** `void`: unknown, expired, redeemed or locked, which all look alike (quality Q5). */
export type Redemption =
  | { readonly outcome: 'redeemed' }
  | { readonly outcome: 'void' }
  | { readonly outcome: 'wrong-tx-code'; readonly triesLeft: number };

/** Codes that stand for a decision taken before the wallet comes (OpenID4VCI 1.0 §3.5). */
export interface PreAuthorizedCodes {
  issue(authorization: PreAuthorization, options: { readonly withTxCode: boolean }): Promise<IssuedPreAuthorizedCode>;
  /** Reads without spending, so that everything else about a request can be judged first (quality Q4). */
  find(code: string): Promise<FoundPreAuthorizedCode | undefined>;
  /** Reserves a try, compares, and gives the code to exactly one caller. A mistyped transaction code below the cap leaves it whole (standards V-25). */
  redeem(code: string, txCode: string | undefined): Promise<Redemption>;
}

export const txCodeLength = 6;
const tries = 5;

const Kept = Type.Object({
  accountId: Type.String(),
  issuer: Type.String(),
  configurationIds: Type.Array(Type.String()),
  txCodeHash: Type.Optional(Type.String()),
});
const kept = Compile(Kept);

export interface PreAuthorizedCodesOptions {
  readonly store: Store;
  readonly clock: Clock;
  /** 32 bytes. */
  readonly secret: Uint8Array;
  readonly lifetimeSeconds: number;
}

export function createPreAuthorizedCodes({ store, clock, secret, lifetimeSeconds }: PreAuthorizedCodesOptions): PreAuthorizedCodes {
  const contextOf = (code: string) => `pre-authorized-code\n${code}`;
  const hashOf = (code: string, txCode: string) =>
    createHmac('sha256', secret)
      .update(utf8(`tx-code\n${code}\n${txCode}`))
      .digest();

  async function read(code: string) {
    const sealed = await store.get('pre-authorized-code', code);
    const opened = typeof sealed === 'string' ? unseal(secret, contextOf(code), sealed) : undefined;
    return kept.Check(opened) ? opened : undefined;
  }

  return {
    async issue(authorization, { withTxCode }) {
      const code = randomHandle();
      const txCode = withTxCode ? String(randomInt(10 ** txCodeLength)).padStart(txCodeLength, '0') : undefined;
      const expiresAt = addSeconds(clock.now(), lifetimeSeconds);
      const { accountId, issuer, configurationIds } = authorization;
      const value = { accountId, issuer, configurationIds, ...(txCode ? { txCodeHash: base64url(hashOf(code, txCode)) } : {}) };
      await store.put('pre-authorized-code', code, seal(secret, contextOf(code), value), expiresAt);
      return { code, txCode, expiresAt };
    },
    async find(code) {
      const found = await read(code);
      if (!found) return undefined;
      const { accountId, issuer, configurationIds, txCodeHash } = found;
      return { accountId, issuer, configurationIds, txCodeExpected: txCodeHash !== undefined };
    },
    async redeem(code, txCode) {
      const found = await read(code);
      if (!found) return { outcome: 'void' };
      const { txCodeHash } = found;
      if (txCodeHash !== undefined) {
        // The window outlives the code, so that the count never begins anew.
        const { allowed, used } = await store.count('tx-code-tries', code, tries, lifetimeSeconds);
        if (!allowed) return { outcome: 'void' };
        const right = equalBytes(readBase64url(txCodeHash) ?? new Uint8Array(), hashOf(code, txCode ?? ''));
        if (!right) return used < tries ? { outcome: 'wrong-tx-code', triesLeft: tries - used } : { outcome: 'void' };
      }
      return (await store.take('pre-authorized-code', code)) === undefined ? { outcome: 'void' } : { outcome: 'redeemed' };
    },
  };
}
