import type { DeferralConfig } from '../../config-schema.ts';
import { randomHandle } from '../../lib/bytes.ts';
import { addSeconds } from '../../lib/clock.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { Deferrals } from '../../store/deferrals.ts';
import type { Store } from '../../store/store.ts';
import { askRegistry, denied, mapClaims } from '../claims.ts';
import type { CredentialType } from '../credential-type.ts';
import { answerWithoutRegistry, commitOf, findKeptReply, type IssuanceTools, issueCredential, type VerifiedRequest } from '../issuance.ts';
import { openReply } from '../kept-reply.ts';
import { type DeferralReason, reasonToDefer } from './deferral-reason.ts';
import type { Transactions } from './transactions.ts';

export interface DeferralTools {
  readonly config: DeferralConfig;
  readonly issuance: IssuanceTools;
  readonly store: Store;
  readonly deferrals: Deferrals;
  readonly transactions: Transactions;
  /** What the issuer offers now. */
  readonly types: () => readonly CredentialType[];
}

const daySeconds = 86_400;
/** What was decided on the last day can still be picked up, and a refusal still be read. */
export const graceDays = 7;
/** How many requests of one person with one wallet may be put off in a day. */
const mostInADay = 50;

/** §8.3 and §9.2: the same words at the first request and at every poll. */
export const comeBackLater = (transactionId: string, { intervalSeconds }: DeferralConfig): string =>
  JSON.stringify({ transaction_id: transactionId, interval: intervalSeconds });

/** Whether a reply, fresh or kept, is such an answer: 202 then (standards V-38). */
export const isComeBackLater = (reply: string): boolean => reply.startsWith('{"transaction_id":');

/**
 * Puts a request off: its nonce is spent, its keys stay as they were proven, and nothing else of the person is kept but who it is,
 * sealed. One commit, so a retry of the request finds the same transaction_id. `undefined` when the nonce was spent before.
 */
async function putOff(
  tools: DeferralTools,
  request: VerifiedRequest,
  why: { readonly reason: DeferralReason; readonly responseKey: string | undefined },
): Promise<string | undefined> {
  const { config, issuance, store, transactions } = tools;
  const { type, subject, holders, grant, identity } = request;
  const kept = await findKeptReply(issuance, request);
  if (kept !== undefined) return kept;
  const owner = transactions.ownerOf(grant, subject);
  const { allowed } = await store.count('deferral-owner', owner, mostInADay, daySeconds);
  if (!allowed) throw denied('Too many requests of this wallet wait already.', 'deferrals of one owner');
  const transactionId = randomHandle();
  const id = transactions.idOf(transactionId);
  const now = issuance.clock.now();
  const givesUpAt = addSeconds(now, config.giveUpDays * daySeconds);
  const reply = comeBackLater(transactionId, config);
  const common = await commitOf(issuance, request, reply);
  const { reason, responseKey } = why;
  const commit = await issuance.ledger.commit({
    ...common,
    audit: { ...common.audit, action: 'defer', outcome: reason, deferral: id },
    deferral: {
      id,
      state: reason === 'review' ? 'review' : 'waiting',
      credentialType: type.id,
      owner,
      content: transactions.seal(id, { subject, holders, ...(responseKey === undefined ? {} : { responseKey }) }),
      // A review is a clerk's work; a worker comes to give it up.
      nextAttemptAt: reason === 'review' ? givesUpAt : addSeconds(now, config.intervalSeconds),
      givesUpAt,
      expiresAt: addSeconds(givesUpAt, graceDays * daySeconds),
    },
  });
  if (commit.outcome === 'already') return openReply(issuance.keys, identity, commit.reply);
  return commit.outcome === 'committed' ? reply : undefined;
}

/** OpenID4VCI 1.0 §8.3: issues now, or tells the wallet to come back. The JSON text of the answer. */
export async function issueOrDefer(tools: DeferralTools, request: VerifiedRequest, responseKey: string | undefined): Promise<string> {
  const { config, issuance } = tools;
  const { subject, type } = request;
  const answer = await askRegistry(issuance.registries, subject, type);
  const reason = reasonToDefer(config, type, answer.outcome);
  const answerNow = async () => {
    if (answer.outcome === 'known') return issueCredential(issuance, request, answer.claims);
    if (answer.outcome === 'unavailable') return answerWithoutRegistry(issuance, request);
    throw denied('The registry has not completed this record yet.', answer.outcome);
  };
  // Nobody waits, and no clerk looks at, what could not be issued anyway.
  if (reason && answer.outcome === 'known') mapClaims(type, answer.claims, issuance.clock.now());
  const reply = reason ? await putOff(tools, request, { reason, responseKey }) : await answerNow();
  if (reply === undefined) throw new Refusal(400, 'invalid_nonce', 'The nonce was used before; ask for a fresh one.');
  return reply;
}
