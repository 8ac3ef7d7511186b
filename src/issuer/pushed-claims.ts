import { createHmac } from 'node:crypto';
import { randomHandle, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import { isJsonObject } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { Claims, ClaimsSource } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

/** The name that stands for no registry: its subjects are what a clerk pushed, one offer each. No registry may be called so. */
export const pushedRegistry = 'pushed';

/** Data about one person that came with an offer instead of from a registry (features D10). */
export interface PushedClaims extends ClaimsSource {
  /** Keeps them for a while. The id is the only thing that opens them again, and is kept nowhere here. */
  push(claims: Claims, lifetimeSeconds: number): Promise<{ readonly id: string; readonly expiresAt: Date }>;
}

export interface PushedClaimsOptions {
  /** Credential Issuer identifier: what was pushed to one issuer is nothing to another (design D14). */
  readonly identifier: string;
  readonly store: Store;
  readonly clock: Clock;
  /** 32 bytes. */
  readonly secret: Uint8Array;
}

const kind = 'pushed-claims';

/** quality Q8, Q21: each record under a key of its own, made of our secret and of its id, of which the database holds a hash. */
export function createPushedClaims({ identifier, store, clock, secret }: PushedClaimsOptions): PushedClaims {
  const context = `pushed-claims\n${identifier}`;
  const keyOf = (id: string) => createHmac('sha256', secret).update(utf8(id)).digest();
  return {
    async push(claims, lifetimeSeconds) {
      const id = randomHandle();
      const expiresAt = addSeconds(clock.now(), lifetimeSeconds);
      await store.put(kind, id, seal(keyOf(id), context, claims), expiresAt);
      return { id, expiresAt };
    },
    async claims({ id }, names) {
      const sealed = await store.get(kind, id);
      const claims = typeof sealed === 'string' ? unseal(keyOf(id), context, sealed) : undefined;
      if (!isJsonObject(claims)) return { outcome: 'unknown' };
      return { outcome: 'known', claims: Object.fromEntries(Object.entries(claims).filter(([name]) => names.includes(name))) };
    },
  };
}
