import { createHmac } from 'node:crypto';
import type { AuthorizationConfig } from '../config-schema.ts';
import { base64url, utf8 } from '../lib/bytes.ts';
import type { Store } from '../store/store.ts';

/** Whether a try may be made. Only the account locks; client and network slow down (quality Q31). */
export type Permission =
  | { readonly outcome: 'allowed'; readonly triesLeft: number }
  | { readonly outcome: 'locked'; readonly until: Date }
  | { readonly outcome: 'busy'; readonly until: Date };

export interface Attempts {
  /** Reserves one try of the account before any evidence is compared, so that tries at one time cannot pass the limit together. */
  reserve(individualId: string): Promise<Permission>;
  /** Gives a reserved try back: nothing was compared, because the registry did not answer. */
  release(individualId: string): Promise<void>;
  /** Counts one request of a client and of a network. */
  slow(clientId: string, address: string): Promise<Permission>;
  /** Whether the account is locked now; asked again at every step, the last one included. */
  isLocked(individualId: string): Promise<boolean>;
  /** A right answer ends the count. */
  forgive(individualId: string): Promise<void>;
}

/** The part of an address that one network shares: /24 of IPv4, /64 of IPv6. */
function networkOf(address: string): string {
  const [plain = ''] = address.replace(/^::ffff:(?=.*\.)/i, '').split('%');
  if (plain.includes('.')) return plain.split('.').slice(0, 3).join('.');
  // `::` stands for as many groups of zeros as are missing, and they may be among the first four (RFC 4291 §2.2).
  const [head = [], tail = []] = plain.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, 8 - head.length - tail.length) }, () => '0');
  const groups = [...head, ...zeros, ...tail].slice(0, 4);
  return groups.map((group) => Number.parseInt(group, 16).toString(16)).join(':');
}

export function createAttempts(store: Store, secret: Uint8Array, limits: AuthorizationConfig['limits']): Attempts {
  // Numbers and networks are few enough to be tried one by one: without the secret nobody tells which a key stands for.
  const keyed = (text: string) => base64url(createHmac('sha256', secret).update(utf8(text)).digest());
  // Unknown numbers are counted like known ones.
  const keyOf = (individualId: string) => keyed(`attempts\n${individualId.trim()}`);
  const { account, client, network } = limits;

  return {
    async reserve(individualId) {
      const { allowed, used, until } = await store.count('login-tries', keyOf(individualId), account.limit, account.windowSeconds);
      return allowed ? { outcome: 'allowed', triesLeft: account.limit - used } : { outcome: 'locked', until };
    },
    release: (individualId) => store.uncount('login-tries', keyOf(individualId), account.limit),
    async slow(clientId, address) {
      const counts = [
        await store.count('login-client', clientId, client.limit, client.windowSeconds),
        await store.count('login-network', keyed(`network\n${networkOf(address)}`), network.limit, network.windowSeconds),
      ];
      const blocked = counts.find(({ allowed }) => !allowed);
      return blocked ? { outcome: 'busy', until: blocked.until } : { outcome: 'allowed', triesLeft: 0 };
    },
    async isLocked(individualId) {
      return (await store.counted('login-tries', keyOf(individualId))) >= account.limit;
    },
    async forgive(individualId) {
      await store.remove('login-tries', keyOf(individualId));
    },
  };
}
