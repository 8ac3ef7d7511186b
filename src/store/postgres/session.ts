import type pg from 'pg';
import { asStoreFault, isCollision } from './faults.ts';

/** A statement under a name: each connection parses and plans it once (performance L-20). */
export interface Statement {
  readonly name: string;
  readonly text: string;
}

export type Parameter = string | number | boolean | Date | Uint8Array | null | readonly Parameter[];

/** Somewhere to run statements: any connection of the pool, or the one of a transaction. */
export interface Session {
  run<Row>(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]>;
  transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result>;
}

const attempts = 4;

/** Tries again what two transactions in each other's way have undone as a whole. */
export async function retryCollisions<Result>(work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (fault) {
      if (attempt === attempts || !isCollision((fault as Error).cause ?? fault)) throw fault;
    }
  }
}

/** Runs statements on a pool and counts them. */
export class PoolSession implements Session {
  readonly #pool: pg.Pool;
  #count = 0;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
  }

  get count(): number {
    return this.#count;
  }

  async run<Row>({ name, text }: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    return retryCollisions(async () => {
      this.#count++;
      try {
        const { rows } = await this.#pool.query({ name, text, values: [...parameters] });
        return rows as readonly Row[];
      } catch (fault) {
        throw asStoreFault(fault);
      }
    });
  }

  async transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const client = await this.#connect();
    const session = new ClientSession(client, () => this.#count++);
    let broken: Error | undefined;
    try {
      await session.run({ name: 'begin', text: 'begin' }, []);
      const result = await work(session);
      await session.run({ name: 'commit', text: 'commit' }, []);
      return result;
    } catch (fault) {
      await session.run({ name: 'rollback', text: 'rollback' }, []).catch((cause: Error) => {
        broken = cause;
      });
      throw fault;
    } finally {
      // A connection that could not even roll back is not given to the next caller.
      client.release(broken);
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (fault) {
      throw asStoreFault(fault);
    }
  }
}

/** Statements of one transaction, one after the other on its connection; an inner transaction is a savepoint. */
class ClientSession implements Session {
  readonly #client: pg.PoolClient;
  readonly #tick: () => void;
  #last: Promise<unknown> = Promise.resolve();
  #depth = 0;

  constructor(client: pg.PoolClient, tick: () => void) {
    this.#client = client;
    this.#tick = tick;
  }

  run<Row>(statement: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    const result = this.#last.then(() => this.#query<Row>(statement, parameters));
    this.#last = result.catch(() => {});
    return result;
  }

  async #query<Row>({ name, text }: Statement, parameters: readonly Parameter[]): Promise<readonly Row[]> {
    this.#tick();
    try {
      const { rows } = await this.#client.query({ name, text, values: [...parameters] });
      return rows as readonly Row[];
    } catch (fault) {
      throw asStoreFault(fault);
    }
  }

  async transaction<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const savepoint = `inner_${++this.#depth}`;
    await this.run({ name: savepoint, text: `savepoint ${savepoint}` }, []);
    try {
      const result = await work(this);
      await this.run({ name: `${savepoint}_keep`, text: `release savepoint ${savepoint}` }, []);
      return result;
    } catch (fault) {
      await this.run({ name: `${savepoint}_undo`, text: `rollback to savepoint ${savepoint}` }, []);
      throw fault;
    } finally {
      this.#depth--;
    }
  }
}
