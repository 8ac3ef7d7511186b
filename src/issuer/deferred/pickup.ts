import { setTimeout as rest } from 'node:timers/promises';
import { randomHandle } from '../../lib/bytes.ts';
import { addSeconds } from '../../lib/clock.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { SubjectReference } from '../../registry/registry.ts';
import type { Deferral, DeferralLease } from '../../store/deferrals.ts';
import { type Grant, insufficientScope } from '../access-token.ts';
import { askRegistry, denied } from '../claims.ts';
import type { CredentialType } from '../credential-type.ts';
import { findKeptReply, idempotencyKeyOf, issueCredential, type VerifiedRequest } from '../issuance.ts';
import { comeBackLater, type DeferralTools } from './issue-or-defer.ts';
import type { Transaction } from './transactions.ts';

/** A deferred credential request after the checks of token and body. */
export interface PickupRequest {
  readonly transactionId: string;
  readonly grant: Grant;
  readonly subject: SubjectReference;
  /** Thumbprint of the key this answer is to be encrypted to. */
  readonly responseKey: string | undefined;
  readonly requestId: string;
  readonly from?: string;
}

/** What the wallet is told. Of what it was given the caller says whether it went out whole. */
export type Pickup =
  | { readonly outcome: 'pending'; readonly reply: string }
  | {
      readonly outcome: 'issued';
      readonly reply: string;
      readonly type: CredentialType;
      readonly count: number;
      /** The answer left whole: the transaction is over. */
      readonly delivered: () => Promise<unknown>;
      /** It did not: the same answer waits for the next try. */
      readonly lost: () => Promise<void>;
    };

/** A pickup holds its transaction for longer than any request takes; one whose node died is free again afterwards. */
const holdSeconds = 60;
/** How long a second pickup waits to see what becomes of the first. */
const looks = 30;
const lookMilliseconds = 50;

/** §9.3; one answer for what never was, is over, or is somebody else's. */
const unknownTransaction = (cause: string) =>
  new Refusal(400, 'invalid_transaction_id', 'transaction_id names nothing that can be picked up with this access token.', { cause });
const notIssued = (cause: string) => denied('This credential will not be issued.', cause);

/** §9: a token valid for the issuance that was put off. */
function checkScope(grant: Grant, type: CredentialType): void {
  if (!grant.scopes.has(type.scope) && ![...grant.identifiers.values()].includes(type.id)) throw insufficientScope(grant, type.scope);
}

interface Found {
  readonly deferral: Deferral;
  readonly type: CredentialType;
  readonly transaction: Transaction;
}

/** The transaction, when it is this owner's and something can still come of it. */
async function findTransaction(tools: DeferralTools, request: PickupRequest): Promise<Found> {
  const { config, issuance, deferrals, transactions, types } = tools;
  const { transactionId, grant, subject, responseKey } = request;
  const deferral = await deferrals.find(issuance.identifier, transactions.idOf(transactionId));
  if (!deferral) throw unknownTransaction('unknown or over');
  if (deferral.owner !== transactions.ownerOf(grant, subject)) throw unknownTransaction('another owner');
  const type = types().find(({ id }) => id === deferral.credentialType);
  if (type) checkScope(grant, type);
  if (deferral.state === 'denied') throw notIssued('denied');
  const transaction = transactions.open(deferral);
  if (!type || !transaction) throw notIssued('the type is offered no more');
  // quality F1: 1.0 lets the key of this request replace the first one (§9.1); the hardened profile does not.
  if (config.responseKey === 'commit' && transaction.responseKey !== responseKey)
    throw new Refusal(400, 'invalid_encryption_parameters', 'The answer can only be encrypted to the key of the first request.');
  return { deferral, type, transaction };
}

/** Somebody else is picking it up: it will be over in a moment, or can be tried again later. */
async function waitForOther({ issuance, deferrals }: DeferralTools, { id }: Deferral): Promise<'over' | 'waiting'> {
  for (let look = 0; look < looks; look += 1) {
    await rest(lookMilliseconds);
    if (!(await deferrals.find(issuance.identifier, id))) return 'over';
  }
  return 'waiting';
}

/** The pickup as an issuance: it spends its transaction where a first request spends its nonce (design D7). */
function asVerified({ config }: DeferralTools, { deferral, type, transaction }: Found, request: PickupRequest): VerifiedRequest {
  const { transactionId, grant, requestId, from } = request;
  const { id, expiresAt } = deferral;
  const { subject, holders } = transaction;
  return {
    type,
    subject,
    holders,
    grant,
    requestId,
    ...(from === undefined ? {} : { from }),
    identity: JSON.stringify(['deferral', transactionId]),
    // Spent for longer than anybody can ask for it.
    spends: [{ kind: 'deferral', key: id, expiresAt: addSeconds(expiresAt, 3600) }],
    // Until it was delivered the answer waits, sealed under the transaction_id, which we do not keep (quality Q8).
    replyExpiresAt: expiresAt,
    notifiable: config.notificationId,
  };
}

/** Asks again, signs and commits; `undefined` when the registry is not ready after all. */
async function issue({ issuance }: DeferralTools, verified: VerifiedRequest): Promise<string | undefined> {
  const kept = await findKeptReply(issuance, verified);
  if (kept !== undefined) return kept;
  const answer = await askRegistry(issuance.registries, verified.subject, verified.type);
  if (answer.outcome !== 'known') return undefined;
  const reply = await issueCredential(issuance, verified, answer.claims);
  if (reply === undefined) throw unknownTransaction('spent');
  return reply;
}

async function pickUpReady(tools: DeferralTools, found: Found, request: PickupRequest, lease: DeferralLease): Promise<Pickup> {
  const { config, issuance, deferrals } = tools;
  const { deferral, type, transaction } = found;
  const verified = asVerified(tools, found, request);
  const reply = await issue(tools, verified);
  if (reply === undefined) {
    const nextAttemptAt = addSeconds(issuance.clock.now(), config.intervalSeconds);
    await deferrals.settle(deferral, lease, { state: 'waiting', nextAttemptAt });
    return { outcome: 'pending', reply: comeBackLater(request.transactionId, config) };
  }
  const { issuer, id } = deferral;
  return {
    outcome: 'issued',
    reply,
    type,
    count: transaction.holders.length,
    delivered: () => deferrals.take(issuer, id, idempotencyKeyOf(verified.identity)),
    lost: () => deferrals.abandonPickup(issuer, id, lease),
  };
}

/**
 * OpenID4VCI 1.0 §9: what became of a request that was put off. The credential is made now, of what the registry says now, for the
 * keys of then; one pickup at a time, and none after the one whose answer went out whole (quality SU9, F2).
 */
export async function pickUp(tools: DeferralTools, request: PickupRequest): Promise<Pickup> {
  const { config, issuance, deferrals } = tools;
  const found = await findTransaction(tools, request);
  const { deferral } = found;
  const { issuer, id, credentialType } = deferral;
  const pending = { outcome: 'pending', reply: comeBackLater(request.transactionId, config) } as const;
  if (deferral.state !== 'ready') return pending;
  const lease = { owner: randomHandle(), until: addSeconds(issuance.clock.now(), holdSeconds) };
  if (!(await deferrals.beginPickup(issuer, id, lease))) {
    if ((await waitForOther(tools, deferral)) === 'over') throw unknownTransaction('over');
    return pending;
  }
  return pickUpReady(tools, found, request, lease).catch(async (fault: unknown) => {
    const final = fault instanceof Refusal && fault.error === 'credential_request_denied';
    const audit = { actor: 'issuer', action: 'defer', object: credentialType, outcome: 'denied', deferral: id };
    await (final ? deferrals.settle(deferral, lease, { state: 'denied', audit }) : deferrals.abandonPickup(issuer, id, lease));
    throw fault;
  });
}
