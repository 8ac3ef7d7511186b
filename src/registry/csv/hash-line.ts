import type { HashPassword, ScryptCost } from './password-hash.ts';

export interface HashLineLimits {
  /** Less than Node's four threads, so that signatures and files still find one. */
  readonly running: number;
  readonly waiting: number;
  /** How long anybody waits for an answer: less than the deadline of the registry. */
  readonly patienceSeconds: number;
}

/** Works out one hash in its turn; `undefined` when the line is full, or patience has ended. */
export type HashInLine = (password: string, expected: ScryptCost & { readonly salt: Uint8Array }) => Promise<Uint8Array | undefined>;

/**
 * A memory-hard hash costs us more than the one who asks for it, and anybody may ask. Without a line a flood of passwords makes
 * every answer late, and a registry that is late again and again rests for all; with it only passwords wait, and are never late.
 */
export function createHashLine(hashPassword: HashPassword, { running, waiting, patienceSeconds }: HashLineLimits): HashInLine {
  const line: (() => void)[] = [];
  let free = running;

  async function inTurn(work: () => Promise<Uint8Array | undefined>): Promise<Uint8Array | undefined> {
    if (free > 0) free -= 1;
    // Whoever leaves hands its place to the first in line.
    else await new Promise<void>((resolve) => line.push(resolve));
    try {
      return await work();
    } finally {
      const next = line.shift();
      if (next) next();
      else free += 1;
    }
  }

  return async (password, expected) => {
    if (free === 0 && line.length >= waiting) return undefined;
    const { promise: ended, resolve: end } = Promise.withResolvers<undefined>();
    let gone = false;
    const timer = setTimeout(() => {
      gone = true;
      end(undefined);
    }, patienceSeconds * 1000);
    const hashed = inTurn(async () => (gone ? undefined : hashPassword(password, expected.salt, expected)));
    return Promise.race([hashed, ended]).finally(() => clearTimeout(timer));
  };
}
