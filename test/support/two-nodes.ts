import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Messenger } from '../../examples/walk/exchange.ts';
import { freePorts, type Instance, startInstance } from './instance.ts';

/** Races over HTTP (quality T2): rounds and racers of the push gate, and of the long run. */
export const rounds = 20;
export const racers = process.env.CHANCERY_LONG ? 1000 : 100;

/** Two nodes of one deployment: one data folder with its database and keys, one public address. */
export interface TwoNodes {
  readonly base: URL;
  /** Sends everything to the n-th node: both answer for the one public URL. */
  racer(index: number): Messenger;
  /** A browser whose requests reach the nodes in turn, as behind a load balancer. */
  browser(): Messenger;
  stop(): Promise<void>;
}

export async function startTwoNodes(environment: Readonly<Record<string, string>> = {}): Promise<TwoNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-race-'));
  const [port = 0, other = 0] = await freePorts(2);
  const settings = { CHANCERY_PUBLIC_URL: `http://localhost:${port}`, CHANCERY_LOG_LEVEL: 'error', ...environment };
  const nodes: Instance[] = [];
  for (const each of [port, other]) nodes.push(await startInstance({ port: each, dataFolder: folder, environment: settings }));
  const at = (index: number) => (url: URL) => new URL(url.pathname + url.search, nodes[index % nodes.length]?.url);
  return {
    base: new URL(`http://localhost:${port}`),
    racer: (index) => new Messenger(undefined, at(index)),
    browser() {
      let turn = 0;
      return new Messenger(undefined, (url) => {
        turn += 1;
        return at(turn)(url);
      });
    },
    async stop() {
      // The first node owns the database: it goes last.
      for (const node of nodes.toReversed()) await node.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** How many won, and how many met a fault of ours. */
export function tally(statuses: readonly number[], won = 200): { readonly winners: number; readonly faults: number } {
  return { winners: statuses.filter((status) => status === won).length, faults: statuses.filter((status) => status >= 500).length };
}
