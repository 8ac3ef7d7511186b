import { StoreUnavailable } from '../store.ts';

const largestGroup = 200;

interface Waiting<Item, Result> {
  readonly item: Item;
  readonly resolve: (result: Result) => void;
  readonly reject: (fault: unknown) => void;
}

/**
 * Writes what arrives together in one go (performance L-15). It clocks itself: a group leaves when the previous one has
 * returned, so an idle caller waits for nobody and a busy time makes large groups. No timer is involved.
 */
export class GroupCommit<Item, Result> {
  readonly #write: (items: readonly Item[]) => Promise<readonly Result[]>;
  #queue: Waiting<Item, Result>[] = [];
  #running: Promise<void> | undefined;

  /** `write` answers one result per item, in order, or rejects when nothing was written. */
  constructor(write: (items: readonly Item[]) => Promise<readonly Result[]>) {
    this.#write = write;
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#queue.push({ item, resolve, reject });
      this.#running ??= this.#drain();
    });
  }

  /** Waits until everything submitted so far has been answered. */
  async settled(): Promise<void> {
    await this.#running;
  }

  async #drain(): Promise<void> {
    // Callers of the same turn of the event loop still join the first group.
    await Promise.resolve();
    while (this.#queue.length > 0) await this.#answer(this.#queue.splice(0, largestGroup));
    this.#running = undefined;
  }

  async #answer(group: readonly Waiting<Item, Result>[]): Promise<void> {
    try {
      const results = await this.#write(group.map(({ item }) => item));
      for (const [index, { resolve }] of group.entries()) resolve(results[index] as Result);
    } catch (fault) {
      if (group.length === 1 || fault instanceof StoreUnavailable) for (const { reject } of group) reject(fault);
      // One item that the database cannot take must not fail its neighbours.
      else for (const half of halves(group)) await this.#answer(half);
    }
  }
}

function halves<Member>(group: readonly Member[]): readonly (readonly Member[])[] {
  const middle = group.length >> 1;
  return [group.slice(0, middle), group.slice(middle)];
}
