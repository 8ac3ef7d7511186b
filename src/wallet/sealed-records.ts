import { hkdfSync } from 'node:crypto';
import type { Json } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { Kind, Store } from '../store/store.ts';
import type { BrowserSession } from './browser-session.ts';

/** What the wallet's server remembers of one browser: encrypted, and readable in that browser's session alone (design D12). */
export interface SealedRecords<Value extends Json> {
  put(session: BrowserSession, id: string, value: Value, expiresAt: Date): Promise<void>;
  get(session: BrowserSession, id: string): Promise<Value | undefined>;
  /** Of two callers exactly one gets it. */
  take(session: BrowserSession, id: string): Promise<Value | undefined>;
  remove(session: BrowserSession, id: string): Promise<void>;
}

/** Records of one kind. The session's own handle is part of the key, so a record of another session is simply not there. */
export function createSealedRecords<Value extends Json>(kind: Kind, store: Store, secret: Uint8Array): SealedRecords<Value> {
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `wallet ${kind}`, 32));
  const place = (session: BrowserSession, id: string) => `${session.id}|${id}`;
  const open = (address: string, stored: Json | undefined) =>
    typeof stored === 'string' ? (unseal(key, `${kind}|${address}`, stored) as Value | undefined) : undefined;

  return {
    put(session, id, value, expiresAt) {
      const address = place(session, id);
      return store.put(kind, address, seal(key, `${kind}|${address}`, value), expiresAt);
    },
    async get(session, id) {
      const address = place(session, id);
      return open(address, await store.get(kind, address));
    },
    async take(session, id) {
      const address = place(session, id);
      return open(address, await store.take(kind, address));
    },
    remove: (session, id) => store.remove(kind, place(session, id)),
  };
}
