import type { Holder, Order } from '../formats/format.ts';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, randomBytes, randomHandle, sha256, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Claims, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import type { Commit, Issuance, Ledger, LedgerEntry, Spent } from '../store/ledger.ts';
import type { StatusPlace } from '../store/status-lists.ts';
import type { Grant } from './access-token.ts';
import { asDenial } from './as-denial.ts';
import { mapClaims, validityOf } from './claims.ts';
import { credentialKeyOf } from './credential-key.ts';
import type { CredentialType } from './credential-type.ts';
import { openReply, sealReply } from './kept-reply.ts';
import { didWebOf } from './key-documents.ts';
import { addressOf, subjectHash, walletHash, walletKeyOf } from './ledger-groups.ts';
import type { NotificationIds } from './notification-ids.ts';
import type { QrAlgorithm } from './qr/claim169.ts';
import { placeQrCodes } from './qr/qr-codes.ts';
import { listSignerOf } from './status/list-signer.ts';
import type { StatusAllocator } from './status/status-allocator.ts';
import { statusListUri } from './status/status-list-endpoint.ts';

export interface IssuanceTools {
  readonly issuerName: string;
  readonly identifier: string;
  readonly keys: KeyStore;
  readonly ledger: Ledger;
  readonly registries: Readonly<Record<string, ClaimsSource>>;
  readonly clock: Clock;
  readonly statuses: StatusAllocator;
  readonly notificationIds: NotificationIds;
}

/** A credential request after every check: only what is needed to issue. */
export interface VerifiedRequest {
  readonly type: CredentialType;
  readonly subject: SubjectReference;
  /** A copy for each; proven keys, in the order of their proofs. */
  readonly holders: readonly (Holder | undefined)[];
  /** What the commit spends: the nonce of the proofs, or the transaction that is picked up. */
  readonly spends: readonly Spent[];
  /** The access token it came with. */
  readonly grant: Grant;
  /** Token id and canonical request: what makes a retry the same request (quality Q6). */
  readonly identity: string;
  /** How long the reply is kept for a retry; by default ten minutes (quality Q8). */
  readonly replyExpiresAt?: Date;
  /** False for an answer without notification_id. */
  readonly notifiable?: boolean;
  readonly requestId: string;
  /** Network address it came from. */
  readonly from?: string;
}

const replySeconds = 600;

/** One credential, and where its status stands. */
interface Copy {
  readonly credentialId: string;
  readonly credential: string | JsonObject;
  readonly place: StatusPlace | undefined;
}

/** Everything made for one request: a copy for each key. */
interface Made {
  readonly copies: readonly Copy[];
  readonly expiresAt: Date;
  /** The JSON text of the answer (§8.3): `notification_id` stands beside credentials only (standards V-41). */
  readonly reply: string;
}

/** The parts of an order that all copies of a request share: one data set, one pair of rounded times (§3.3.2). */
async function sharedOrder(
  { identifier, issuerName, keys, clock }: IssuanceTools,
  type: CredentialType,
  values: Claims,
): Promise<Order & { readonly expiresAt: Date }> {
  const now = clock.now();
  const { issuedAt, expiresAt } = validityOf(type, now);
  const key = credentialKeyOf(issuerName, type.key);
  const statement = { issuer: identifier, issuedAt, expiresAt };
  const making = { values, moment: { now, expiresAt }, statement, keyOf: (algorithm: QrAlgorithm) => keys.signer(key, algorithm) };
  const claims = await placeQrCodes(mapClaims(type, values, now), type.qrCodes, making);
  return { ...statement, issuerDid: didWebOf(identifier), claims, signer: await keys.signer(key, type.algorithm) };
}

/** Copies that share nothing but what they say: each its own key, status place, and whatever its format makes at random. */
async function make(tools: IssuanceTools, request: VerifiedRequest, values: Claims, places: Places): Promise<Made> {
  const { type, holders, grant, notifiable = true } = request;
  const shared = await sharedOrder(tools, type, values).catch((fault: unknown) => Promise.reject(asDenial(fault)));
  const issue = async (holder: Holder | undefined, index: number): Promise<Copy> => {
    const place = places[index];
    const bound = holder && { holder };
    const status = place && { status: { uri: statusListUri(tools.identifier, place.list, listSignerOf(type)), index: place.index } };
    return { credentialId: randomHandle(), credential: await type.issue({ ...shared, ...bound, ...status }), place };
  };
  // All at once: a request has no more keys than its issuer's batch_size, which the settings bound.
  const copies = await Promise.all(holders.map(issue)).catch((fault: unknown) => Promise.reject(asDenial(fault)));
  const ids = copies.map(({ credentialId }) => credentialId);
  // §8.3: the copies in the order of their proofs.
  const credentials = copies.map(({ credential }) => ({ credential }));
  const named = notifiable ? { notification_id: tools.notificationIds.mint(ids, grant) } : {};
  const reply = JSON.stringify({ credentials, ...named });
  return { copies, expiresAt: shared.expiresAt, reply };
}

/** The ledger's name of a request; the request cannot be told from it. */
export const idempotencyKeyOf = (identity: string): Uint8Array => sha256(utf8(identity));

/** What the same request was answered before, while it is kept. */
export async function findKeptReply(
  { keys, ledger, identifier }: IssuanceTools,
  { identity }: Pick<VerifiedRequest, 'identity'>,
): Promise<string | undefined> {
  const kept = await ledger.findReply(identifier, idempotencyKeyOf(identity));
  return kept && openReply(keys, identity, kept);
}

/** A registry that is away does not take back what was issued: a retry of the same request still gets its reply. */
export async function answerWithoutRegistry(tools: IssuanceTools, request: VerifiedRequest): Promise<string> {
  const kept = await findKeptReply(tools, request);
  if (kept !== undefined) return kept;
  // §8.3.1 has no code for it: nothing is wrong with the request, and the same one may succeed later.
  throw new Refusal(503, 'temporarily_unavailable', 'The registry does not answer; nothing was issued. Try again later.', {
    headers: { 'retry-after': '30' },
  });
}

function entryOf({ credentialId, credential, place }: Copy, expiresAt: Date): LedgerEntry {
  const digest = sha256(typeof credential === 'string' ? credential : JSON.stringify(credential));
  return { credentialId, digest, expiresAt, ...(place ? { status: place } : {}) };
}

/** Which credentials belong together: copies of one answer by a name of their own, and what one wallet holds (features B64). */
async function groupsOf(keys: KeyStore, { grant, holders }: VerifiedRequest): Promise<readonly Pick<LedgerEntry, 'batch' | 'wallet'>[]> {
  const batch = holders.length > 1 ? { batch: randomBytes(16) } : {};
  return Promise.all(
    holders.map(async (holder) => {
      const key = walletKeyOf(grant, holder);
      return { ...batch, ...(key === undefined ? {} : { wallet: await walletHash(keys, key) }) };
    }),
  );
}

/** The parts of a commit that every request has, whatever comes of it. */
export async function commitOf(
  { keys, clock, identifier }: IssuanceTools,
  { type, subject, spends, identity, grant, requestId, from, replyExpiresAt }: VerifiedRequest,
  reply: string,
): Promise<Issuance> {
  const hash = await subjectHash(keys, subject);
  return {
    issuer: identifier,
    credentialType: type.id,
    credentialTypeVersion: type.version,
    subjectHash: hash,
    idempotencyKey: idempotencyKeyOf(identity),
    spends,
    entries: [],
    issuedAt: clock.now(),
    audit: {
      actor: grant.clientId ?? 'anonymous',
      object: `${type.id}/${type.version}`,
      subject: base64url(hash),
      ...(await addressOf(keys, from)),
      request: requestId,
    },
    reply: await sealReply(keys, identity, reply),
    replyExpiresAt: replyExpiresAt ?? addSeconds(clock.now(), replySeconds),
  };
}

async function issuanceOf(tools: IssuanceTools, request: VerifiedRequest, { copies, expiresAt, reply }: Made): Promise<Issuance> {
  const common = await commitOf(tools, request, reply);
  const groups = await groupsOf(tools.keys, request);
  const entries = copies.map((copy, index) => ({ ...entryOf(copy, expiresAt), ...groups[index] }));
  return { ...common, entries, audit: { ...common.audit, action: 'issue', outcome: 'issued', copies: copies.length } };
}

interface Attempt {
  readonly commit: Commit;
  readonly reply: string;
}

/** A status place for each copy, or none for a type without status. */
type Places = readonly StatusPlace[];

/** All of them or none. */
async function takePlaces(statuses: StatusAllocator, count: number): Promise<Places> {
  const places: StatusPlace[] = [];
  try {
    while (places.length < count) places.push(await statuses.take());
  } catch (fault) {
    for (const place of places) statuses.giveBack(place);
    throw fault;
  }
  return places;
}

/** One signature a copy and one commit for all. Places that were surely not committed go back; of those in doubt nobody hears again here. */
async function attempt(tools: IssuanceTools, request: VerifiedRequest, values: Claims): Promise<Attempt> {
  const { statuses, ledger } = tools;
  const { type, holders } = request;
  const places = type.status ? await takePlaces(statuses, holders.length) : [];
  const settle = (what: 'keep' | 'giveBack' | 'abandon') => {
    for (const place of places) statuses[what](place);
  };
  const [made, issuance] = await make(tools, request, values, places)
    .then(async (made) => [made, await issuanceOf(tools, request, made)] as const)
    .catch((fault: unknown) => {
      settle('giveBack');
      throw fault;
    });
  const commit = await ledger.commit(issuance).catch((fault: unknown) => {
    settle('abandon');
    throw fault;
  });
  settle(commit.outcome === 'committed' ? 'keep' : 'giveBack');
  return { commit, reply: made.reply };
}

/** A lease runs out while a request is under way only when this node stood still for most of a minute. */
const attempts = 3;

/**
 * Design D7: claims, status place, signature, one grouped commit, reply. Nothing leaves before the commit; a request that was
 * committed before gets the reply of that time and the fresh signature is forgotten. Returns the JSON text of the answer;
 * `undefined` when what the request would spend was spent by another one.
 */
export async function issueCredential(tools: IssuanceTools, request: VerifiedRequest, values: Claims): Promise<string | undefined> {
  for (let round = 0; round < attempts; round += 1) {
    const { commit, reply } = await attempt(tools, request, values);
    if (commit.outcome === 'committed') return reply;
    if (commit.outcome === 'already') return openReply(tools.keys, request.identity, commit.reply);
    if (commit.outcome === 'refused') return undefined;
  }
  throw new Refusal(503, 'temporarily_unavailable', 'The credential could not be recorded in time; nothing was issued. Try again.', {
    headers: { 'retry-after': '5' },
  });
}

/** Q6: the same token with the same members is the same request; a new proof is a new request. */
export const identityOf = (tokenId: string, canonical: string): string => JSON.stringify([tokenId, canonical]);
