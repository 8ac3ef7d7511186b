import type { DeferralConfig } from '../../config-schema.ts';
import { randomHandle } from '../../lib/bytes.ts';
import { addSeconds, type Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { ClaimsSource } from '../../registry/registry.ts';
import type { Deferral, DeferralLease, DeferralOutcome, Deferrals } from '../../store/deferrals.ts';
import { askRegistry, mapClaims } from '../claims.ts';
import type { CredentialType } from '../credential-type.ts';
import type { Transactions } from './transactions.ts';

/** One issuer as its worker needs it. */
export interface DeferringIssuer {
  readonly config: { readonly identifier: string; readonly deferral: DeferralConfig };
  readonly types: () => readonly CredentialType[];
  readonly transactions: Transactions;
}

export interface CompletionOptions {
  readonly issuers: readonly DeferringIssuer[];
  readonly deferrals: Deferrals;
  readonly registries: Readonly<Record<string, ClaimsSource>>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Completion {
  /** Looks at everything that is due; how much of it that was. */
  run(): Promise<number>;
  /** Does so now and then until it is stopped. */
  start(): void;
  stop(): Promise<void>;
}

/** Longer than the registries of one share take together. */
const leaseSeconds = 120;
const shareLength = 10;
const longestRestSeconds = 900;
const longestTickSeconds = 30;

/** Every time in vain doubles the rest, up to a quarter of an hour (quality Q33). */
function nextAttempt({ attempts, givesUpAt }: Deferral, { intervalSeconds }: DeferralConfig, now: Date): Date {
  const seconds = Math.min(intervalSeconds * 2 ** Math.min(attempts + 1, 20), Math.max(longestRestSeconds, intervalSeconds));
  const at = addSeconds(now, seconds);
  return at < givesUpAt ? at : givesUpAt;
}

/** Whether the credential could be made now. What the registry says is looked at and not kept: the pickup asks again. */
async function judge(deferral: Deferral, issuer: DeferringIssuer, options: CompletionOptions): Promise<DeferralOutcome> {
  const { registries, clock } = options;
  const end = (state: 'ready' | 'denied', why: string): DeferralOutcome => {
    const audit = { actor: 'issuer', action: 'defer', object: deferral.credentialType, outcome: state, reason: why, deferral: deferral.id };
    return { state, audit };
  };
  const now = clock.now();
  if (deferral.givesUpAt <= now) return end('denied', 'waited for too long');
  const type = issuer.types().find(({ id }) => id === deferral.credentialType);
  const transaction = issuer.transactions.open(deferral);
  if (!type || !transaction) return end('denied', 'the type is offered no more');
  try {
    const answer = await askRegistry(registries, transaction.subject, type);
    if (answer.outcome !== 'known') return { state: 'waiting', nextAttemptAt: nextAttempt(deferral, issuer.config.deferral, now) };
    mapClaims(type, answer.claims, now);
    return end('ready', 'the registry has it');
  } catch (fault) {
    if (fault instanceof Refusal && fault.error === 'credential_request_denied') return end('denied', 'the registry cannot give it');
    throw fault;
  }
}

/**
 * Completes what was put off: asks the registry again with growing rests, and gives up in the end. Shared by nodes: each piece is
 * leased to one of them, and a lease that was lost settles nothing.
 */
export function createCompletion(options: CompletionOptions): Completion {
  const { issuers, deferrals, clock, log } = options;
  const byIdentifier = new Map(issuers.map((issuer) => [issuer.config.identifier, issuer]));
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  let current: Promise<unknown> = Promise.resolve();

  async function complete(deferral: Deferral, lease: DeferralLease): Promise<void> {
    const issuer = byIdentifier.get(deferral.issuer);
    if (!issuer) return;
    try {
      const outcome = await judge(deferral, issuer, options);
      const settled = await deferrals.settle(deferral, lease, outcome);
      if (settled && outcome.state !== 'waiting')
        log.write('info', 'deferral-settled', {
          issuer: deferral.issuer,
          credentialType: deferral.credentialType,
          outcome: outcome.state,
        });
    } catch (fault) {
      // Its lease runs out, and it comes again.
      log.write('warn', 'deferral-failed', { issuer: deferral.issuer, cause: fault instanceof Error ? fault.name : typeof fault });
    }
  }
  async function run(): Promise<number> {
    for (let count = 0; ; ) {
      const lease = { owner: randomHandle(), until: addSeconds(clock.now(), leaseSeconds) };
      const share = stopped ? [] : await deferrals.due([...byIdentifier.keys()], lease, shareLength);
      if (share.length === 0) return count;
      await Promise.all(share.map((deferral) => complete(deferral, lease)));
      count += share.length;
    }
  }
  const tickSeconds = Math.min(longestTickSeconds, ...issuers.map(({ config }) => config.deferral.intervalSeconds));
  const rest = () => {
    if (stopped) return;
    timer = setTimeout(() => {
      current = run()
        .catch((fault: Error) => log.write('warn', 'deferrals-not-looked-at', { cause: fault.name }))
        .finally(rest);
    }, tickSeconds * 1000).unref();
  };
  return {
    run,
    start: rest,
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await current;
    },
  };
}
