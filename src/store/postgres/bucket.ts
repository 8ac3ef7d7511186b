import { hash } from 'node:crypto';

/** How many buckets a growing table is spread over; more than any deployment has shards, and never changed once data exist. */
const bucketCount = 1024;

/** The place of a row: the hash that stands for its key and the bucket derived from it. */
export interface Place {
  readonly bucket: number;
  readonly key: Uint8Array;
}

export function bucketOf(digest: Uint8Array): number {
  return (((digest[0] ?? 0) << 8) | (digest[1] ?? 0)) % bucketCount;
}

/** Hash of a name inside a namespace (quality Q2): the zero byte keeps `a|bc` and `ab|c` apart. */
export function placeOf(namespace: string, name: string | Uint8Array): Place {
  const prefix = Buffer.from(`${namespace}\0`, 'utf8');
  const key = hash('sha256', Buffer.concat([prefix, typeof name === 'string' ? Buffer.from(name, 'utf8') : name]), 'buffer');
  return { bucket: bucketOf(key), key };
}

/** The status lists and leases of an issuer stand together: they are few. */
export const bucketOfIssuer = (issuer: string): number => placeOf('status', issuer).bucket;
/** The changes of one status list stand together. */
export const bucketOfList = (list: string): number => placeOf('status-list', list).bucket;

/** A chain of the audit trail and its entries stand together: one group of writes goes to one place. */
export const placeOfChain = (chain: number): number => placeOf('audit-chain', String(chain)).bucket;

/** A place as the key of a set. */
export function mark({ key }: Place): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** Each place once, in one order on every node: locks are always asked for in the same order, so nobody waits in a circle. */
export function sorted<Member>(members: readonly Member[], placeIn: (member: Member) => Place): readonly Member[] {
  const byMark = new Map<string, Member>();
  for (const member of members) {
    const name = mark(placeIn(member));
    if (!byMark.has(name)) byMark.set(name, member);
  }
  return [...byMark].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, member]) => member);
}
