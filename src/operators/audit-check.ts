import type { Audit, AuditEntry, AuditHead } from '../store/audit.ts';
import { type AuditFault, allChains, ChainCheck, type Passed } from '../store/audit-chain.ts';

/** One service's audit trail. */
export interface AuditSource {
  readonly service: string;
  readonly audit: Audit;
}

export interface AuditReport {
  readonly service: string;
  readonly entries: number;
  /** Rows from before there were chains: nobody can vouch for them. */
  readonly unchained: number;
  /** The first thousand. */
  readonly faults: readonly AuditFault[];
  readonly heads: readonly Passed[];
}

const page = 1000;
const mostFaults = 1000;

/** The entries of one chain up to its recorded end, page by page. */
export async function* pagesUpTo(
  audit: Audit,
  { chain, length }: Pick<AuditHead, 'chain' | 'length'>,
): AsyncGenerator<readonly AuditEntry[]> {
  for (let after = 0; after < length; ) {
    const entries = await audit.entries(chain, after, page);
    yield entries.filter(({ number }) => number <= length);
    const last = entries.at(-1);
    if (entries.length < page || !last) return;
    after = last.number;
  }
}

/**
 * Reads a whole trail and says what was altered, removed, moved or added since it was written, and where (quality T16). What was
 * written while it reads belongs to the next time. `passed` is what an earlier checkpoint vouches for.
 */
export async function checkTrail(
  { service, audit }: AuditSource,
  secret: Uint8Array,
  passed: readonly Passed[] = [],
): Promise<AuditReport> {
  const heads = await audit.heads();
  const faults: AuditFault[] = [];
  let entries = 0;
  for (const chain of allChains) {
    const head = heads.find((one) => one.chain === chain);
    const check = new ChainCheck(
      service,
      chain,
      passed.find((one) => one.chain === chain),
    );
    if (head) for await (const entries of pagesUpTo(audit, head)) for (const entry of entries) check.take(entry);
    check.end(head, secret);
    entries += check.length;
    faults.push(...check.faults);
  }
  const ends = heads.map(({ chain, length, hash }) => ({ chain, length, hash }));
  return { service, entries, unchained: await audit.unchained(), faults: faults.slice(0, mostFaults), heads: ends };
}
