import type { Clock } from '../../src/lib/clock.ts';
import type { Json } from '../../src/lib/json.ts';
import type { Store } from '../../src/store/store.ts';

interface Row {
  value: Json;
  expiresAt: Date;
  marked: boolean;
}

/** The store's verbs over a Map, for tests of one service in one process; `rows` shows what a thief of the database would see. */
export function createMemoryStore(clock: Clock): Store & { readonly rows: ReadonlyMap<string, Row> } {
  const rows = new Map<string, Row>();
  const place = (kind: string, key: string) => `${kind}:${key}`;
  const live = (address: string) => {
    const row = rows.get(address);
    return row && row.expiresAt > clock.now() ? row : undefined;
  };
  const store: Store & { rows: Map<string, Row> } = {
    rows,
    async put(kind, key, value, expiresAt) {
      rows.set(place(kind, key), { value, expiresAt, marked: false });
    },
    get: async (kind, key) => live(place(kind, key))?.value,
    async take(kind, key) {
      const row = live(place(kind, key));
      if (!row || row.marked) return undefined;
      rows.delete(place(kind, key));
      return row.value;
    },
    async claim(kind, key, expiresAt) {
      if (live(place(kind, key))) return false;
      rows.set(place(kind, key), { value: null, expiresAt, marked: false });
      return true;
    },
    async mark(kind, key) {
      const row = live(place(kind, key));
      if (!row) return { outcome: 'absent' };
      const outcome = row.marked ? 'already' : 'marked';
      row.marked = true;
      return { outcome, value: row.value };
    },
    async count(kind, key, limit, windowSeconds) {
      const row = live(place(kind, key));
      const used = row ? Number(row.value) : 0;
      const expiresAt = row?.expiresAt ?? new Date(clock.now().getTime() + windowSeconds * 1000);
      if (used >= limit) return { allowed: false, used, until: expiresAt };
      rows.set(place(kind, key), { value: used + 1, expiresAt, marked: false });
      return { allowed: true, used: used + 1, until: expiresAt };
    },
    async uncount(kind, key) {
      const row = live(place(kind, key));
      if (row) row.value = Math.max(Number(row.value) - 1, 0);
    },
    async counted(kind, key) {
      return Number(live(place(kind, key))?.value ?? 0);
    },
    async remove(kind, key) {
      rows.delete(place(kind, key));
    },
    transaction: (work) => work(store),
  };
  return store;
}
