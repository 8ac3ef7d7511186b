import { createHmac } from 'node:crypto';
import { randomHandle } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { StatusLease, StatusLists, StatusPlace } from '../../store/status-lists.ts';
import { createPermutation } from './permutation.ts';

const leaseLength = 256;
const leaseSeconds = 60;
/** A place is only handed out while its lease lasts longer than any request takes. */
const restSeconds = 40;

/** Hands out status places of one issuer from runs that this node has leased (design D8). */
export interface StatusAllocator {
  /** A place nobody else has. Every one that was taken is told below what became of it. */
  take(): Promise<StatusPlace>;
  /** Its credential was committed. */
  keep(place: StatusPlace): void;
  /** Its credential was surely not committed: the next one may have it. */
  giveBack(place: StatusPlace): void;
  /** Nobody knows whether it was committed: it is left for whoever takes the lease over and can ask. */
  abandon(place: StatusPlace): void;
}

export interface StatusAllocatorOptions {
  readonly lists: StatusLists;
  readonly issuer: string;
  readonly clock: Clock;
  /** 32 bytes: each list's order is derived from it. */
  readonly secret: Uint8Array;
}

interface Run {
  lease: StatusLease;
  readonly free: number[];
  /** Places handed out of which nothing is known yet, and those of which nothing ever will be. */
  pending: number;
  abandoned: number;
}

/** The order of a list's indices, the same on every node. */
function orderOf(secret: Uint8Array, { issuer, list, size }: StatusLease): (position: number) => number {
  const key = createHmac('sha256', secret)
    .update(JSON.stringify([issuer, list]))
    .digest();
  return createPermutation(key, size);
}

const nameOf = ({ list, lease }: StatusPlace) => `${list}/${lease.start}`;

class LeasedRuns implements StatusAllocator {
  readonly #options: StatusAllocatorOptions;
  readonly #runs = new Map<string, Run>();
  #opening: Promise<Run> | undefined;

  constructor(options: StatusAllocatorOptions) {
    this.#options = options;
  }

  async take(): Promise<StatusPlace> {
    for (;;) {
      const run = (await this.#usable()) ?? (await this.#open());
      const index = run.free.pop();
      if (index === undefined) continue;
      run.pending += 1;
      if (run.free.length < leaseLength / 4 && this.#freePlaces() < leaseLength / 4) this.#open().catch(() => {});
      const { list, start, owner } = run.lease;
      return { list, index, lease: { start, owner } };
    }
  }

  keep(place: StatusPlace): void {
    this.#settle(place, () => {});
  }

  giveBack(place: StatusPlace): void {
    this.#settle(place, (run) => run.free.push(place.index));
  }

  abandon(place: StatusPlace): void {
    this.#settle(place, (run) => {
      run.abandoned += 1;
    });
  }

  #settle(place: StatusPlace, note: (run: Run) => void): void {
    const run = this.#runs.get(nameOf(place));
    // A run that ran out is somebody else's: what becomes of its places is found out there.
    if (!run || run.lease.owner !== place.lease.owner) return;
    run.pending -= 1;
    note(run);
    if (run.free.length > 0 || run.pending > 0) return;
    this.#runs.delete(nameOf(place));
    // Nothing left and all of it known: the run is over. Should this fail, it runs out and is looked through later.
    if (run.abandoned === 0) this.#options.lists.end(run.lease).catch(() => {});
  }

  #freePlaces(): number {
    return [...this.#runs.values()].reduce((sum, { free }) => sum + free.length, 0);
  }

  async #usable(): Promise<Run | undefined> {
    for (const [name, run] of this.#runs) {
      if (run.free.length === 0) continue;
      if (run.lease.until > addSeconds(this.#options.clock.now(), restSeconds)) return run;
      const until = this.#until();
      const renewed = await this.#options.lists.renew(run.lease, until);
      if (renewed) run.lease = { ...run.lease, until };
      else if (this.#runs.get(name) === run) this.#runs.delete(name);
      if (renewed && run.free.length > 0) return run;
    }
    return undefined;
  }

  /** However many callers wait for a run, one is leased. */
  #open(): Promise<Run> {
    this.#opening ??= this.#lease().finally(() => {
      this.#opening = undefined;
    });
    return this.#opening;
  }

  async #lease(): Promise<Run> {
    const { lists, issuer, secret } = this.#options;
    for (;;) {
      // A name for this one lease: what ran out and was leased again here must not pass for the lease it was before.
      const lease = await lists.lease({ issuer, owner: randomHandle(), length: leaseLength, until: this.#until() });
      const permute = orderOf(secret, lease);
      const indices = Array.from({ length: lease.length }, (_, step) => permute(lease.start + step));
      const used = lease.takenOver ? await lists.used(issuer, lease.list, indices) : new Set<number>();
      const free = indices.filter((index) => !used.has(index)).reverse();
      if (free.length === 0) {
        await lists.end(lease);
        continue;
      }
      const run: Run = { lease, free, pending: 0, abandoned: 0 };
      this.#runs.set(`${lease.list}/${lease.start}`, run);
      return run;
    }
  }

  #until(): Date {
    return addSeconds(this.#options.clock.now(), leaseSeconds);
  }
}

export function createStatusAllocator(options: StatusAllocatorOptions): StatusAllocator {
  return new LeasedRuns(options);
}
