import type { HashPassword, ScryptCost } from './password-hash.ts';

export interface HashLineLimits {
  /** Less than Node's four threads, so that signatures and files still find one. */
  readonly running: number;
  readonly waiting: number;
  /** How long anybody waits for a turn: so short that the deadline of the registry leaves time for the hash. */
  readonly patienceSeconds: number;
}

/** Works out one hash in its turn; `undefined` when the line is full, or the turn did not come. */
export type HashInLine = (password: string, expected: ScryptCost & { readonly salt: Uint8Array }) => Promise<Uint8Array | undefined>;

/**
 * A memory-hard hash costs us more than the one who asks for it, and anybody may ask. Without a line a flood of passwords makes
 * every answer late, and a registry that is late again and again rests for all; with it the surplus is turned away, which is not late.
 */
export function createHashLine(hashPassword: HashPassword, { running, waiting, patienceSeconds }: HashLineLimits): HashInLine {
  const line: (() => void)[] = [];
  let free = running;

  /** True when whoever left has handed its place over. */
  function waitForTurn(): Promise<boolean> {
    return new Promise((resolve) => {
      const take = () => {
        clearTimeout(timer);
        resolve(true);
      };
      const timer = setTimeout(() => {
        line.splice(line.indexOf(take), 1);
        resolve(false);
      }, patienceSeconds * 1000);
      line.push(take);
    });
  }

  return async (password, expected) => {
    if (free > 0) free -= 1;
    else if (line.length >= waiting || !(await waitForTurn())) return undefined;
    try {
      return await hashPassword(password, expected.salt, expected);
    } finally {
      const next = line.shift();
      if (next) next();
      else free += 1;
    }
  };
}
