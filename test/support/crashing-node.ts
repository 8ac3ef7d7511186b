import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { IssuerOptions } from '../../src/issuer/issuer.ts';
import { systemClock } from '../../src/lib/clock.ts';
import type { ClaimsAnswer } from '../../src/registry/registry.ts';
import { type IssuerNodes, identifierOf, type NodeSite, neighbour, openNode, registryOf } from './issuer-nodes.ts';

/** Where a node dies: at the n-th call of a verb, before it, while it is under way, or when it has answered. */
export interface CrashPoint {
  readonly verb: string;
  readonly when: 'before' | 'during' | 'after';
  readonly call?: number;
  /** Only calls that were given this value count. */
  readonly given?: string;
}

interface Order extends NodeSite {
  readonly people: readonly (readonly [string, ClaimsAnswer])[];
  readonly point: CrashPoint;
}

/** Batches a node takes, here and in the process of the test. */
export const batchSize = 3;

export const withBatches = (options: IssuerOptions): IssuerOptions => ({
  ...options,
  config: options.config.map((config) => ({ ...config, batchSize })),
});

const die = () => process.kill(process.pid, 'SIGKILL');

/** The same object, whose verb kills this process where the point says; a signer that a verb gives is watched too. */
function watch<Part extends object>(part: Part, name: string, point: CrashPoint): Part {
  let calls = 0;
  return new Proxy(part, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== 'function') return member;
      return (...values: unknown[]) => {
        const counts = `${name}.${String(property)}` === point.verb && values.includes(point.given ?? values[0]);
        if (counts) calls += 1;
        const meant = counts && calls === (point.call ?? 1);
        if (meant && point.when === 'before') die();
        const answer: unknown = member.apply(target, values);
        if (!(answer instanceof Promise)) return answer;
        // Under way: whatever was sent has left this process, and no answer has come back yet.
        if (meant && point.when === 'during') setImmediate(die);
        return answer.then((value: unknown) => {
          if (meant) die();
          return name === 'keys' && property === 'signer' ? watch(value as object, 'signer', point) : value;
        });
      };
    },
  });
}

const watchParts = (options: IssuerOptions, point: CrashPoint): IssuerOptions => ({
  ...withBatches(options),
  ledger: watch(options.ledger, 'ledger', point),
  deferrals: watch(options.deferrals, 'deferrals', point),
  statusLists: watch(options.statusLists, 'statusLists', point),
  keys: watch(options.keys, 'keys', point),
  log: watch(options.log, 'log', point),
});

/** What a test asks of a node besides requests: what an operator would do there. */
export type Errand = { readonly revoke: readonly string[] } | { readonly rotate: 'credential:civil' };

const audit = { actor: 'operator', request: 'crash' };

async function runErrand({ statusLists, keys }: IssuerOptions, errand: Errand): Promise<void> {
  if ('revoke' in errand) await statusLists.set(identifierOf('civil'), errand.revoke, 'invalid', audit);
  else await keys.rotate(errand.rotate);
}

/** One node of a deployment in a process of its own, dead as soon as it reaches its crash point. */
async function run({ people, point, authorizationKey, ...site }: Order): Promise<void> {
  const { address } = await openNode({
    ...site,
    clock: systemClock,
    egress: neighbour(authorizationKey),
    registry: watch(registryOf(new Map(people)), 'registry', point),
    line: () => {},
    change: (options) => {
      const watched = watchParts(options, point);
      process.on('message', (errand: Errand) => runErrand(watched, errand));
      return watched;
    },
  });
  process.send?.({ address });
}

export interface CrashingNode {
  readonly address: string;
  readonly child: ChildProcess;
  /** The signal that ended it. */
  readonly ended: Promise<string>;
}

export async function startCrashingNode({ site, people }: IssuerNodes, point: CrashPoint): Promise<CrashingNode> {
  const order: Order = { ...site, people: [...people], point };
  const child = fork(import.meta.filename, [JSON.stringify(order)], { execArgv: [] });
  const ended = once(child, 'exit').then(([code, signal]) => String(signal ?? code));
  const [{ address }] = (await once(child, 'message')) as [{ address: string }];
  return { address, child, ended };
}

if (process.argv[1] === import.meta.filename) await run(JSON.parse(process.argv[2] ?? '') as Order);
