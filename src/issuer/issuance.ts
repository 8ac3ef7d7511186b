import { createHmac } from 'node:crypto';
import { ClaimFault, type Holder, type Order } from '../formats/format.ts';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, randomHandle, sha256, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Claims, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import type { Commit, Issuance, Ledger, LedgerEntry } from '../store/ledger.ts';
import type { StatusPlace } from '../store/status-lists.ts';
import type { Grant } from './access-token.ts';
import { credentialKeyOf } from './credential-key.ts';
import { type CredentialType, findMissingClaim } from './credential-type.ts';
import { openReply, sealReply } from './kept-reply.ts';
import { didWebOf } from './key-documents.ts';
import type { ProvenHolderKeys } from './key-proof.ts';
import type { NotificationIds } from './notification-ids.ts';
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
  readonly proven: ProvenHolderKeys;
  /** The access token it came with. */
  readonly grant: Grant;
  /** Token id and canonical request: what makes a retry the same request (quality Q6). */
  readonly identity: string;
  readonly requestId: string;
}

const registryDeadlineMilliseconds = 5000;
const replySeconds = 600;
const daySeconds = 86_400;

const denied = (description: string, cause?: unknown) => new Refusal(400, 'credential_request_denied', description, { cause });

/** What the registry knows, of the names the mapping asks for and no others; `undefined` when it does not answer. */
async function fetchClaims({ registries }: IssuanceTools, subject: SubjectReference, type: CredentialType): Promise<Claims | undefined> {
  // features D14: the type says whom to ask; who the person is was said by the registry that proved it.
  const asked = { registry: type.registry ?? subject.registry, id: subject.id };
  const source = Object.hasOwn(registries, asked.registry) ? registries[asked.registry] : undefined;
  if (!source) throw denied('No registry of this issuer knows the subject.', 'unknown registry');
  const answer = await source.claims(asked, type.mapping.names, AbortSignal.timeout(registryDeadlineMilliseconds));
  if (answer.outcome === 'known') return answer.claims;
  if (answer.outcome === 'unavailable') return undefined;
  throw denied(
    answer.outcome === 'pending'
      ? 'The registry has not completed this record yet.'
      : 'The registry holds no record this credential can be made from.',
    answer.outcome,
  );
}

/** standards VX-6: the start of the day, so that two copies cannot be told apart by their seconds. */
function startOfDay(date: Date): Date {
  return new Date(Math.floor(date.getTime() / (daySeconds * 1000)) * daySeconds * 1000);
}

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

/** A value the format cannot carry ends as a final refusal: the same request would fail again (§8.3.1.2). */
function asDenial(fault: unknown): unknown {
  return fault instanceof ClaimFault ? denied('The registry holds a value that this credential cannot carry.', fault.message) : fault;
}

/** The parts of an order that all copies of a request share: one data set, one pair of rounded times (§3.3.2). */
async function sharedOrder(
  { identifier, issuerName, keys, clock }: IssuanceTools,
  type: CredentialType,
  values: Claims,
): Promise<Order & { readonly expiresAt: Date }> {
  const issuedAt = startOfDay(clock.now());
  const expiresAt = addSeconds(issuedAt, type.validityDays * daySeconds);
  const claims = type.mapping.evaluate(values, { now: clock.now(), expiresAt });
  const missing = findMissingClaim(type, claims);
  if (missing) throw denied('The registry lacks a value that this credential must hold.', `missing ${missing.join('.')}`);
  const signer = await keys.signer(credentialKeyOf(issuerName, type.key), type.algorithm);
  return { issuer: identifier, issuerDid: didWebOf(identifier), claims, issuedAt, expiresAt, signer };
}

/** Copies that share nothing but what they say: each its own key, status place, and whatever its format makes at random. */
async function make(tools: IssuanceTools, request: VerifiedRequest, values: Claims, places: Places): Promise<Made> {
  const { type, proven, grant } = request;
  const shared = await sharedOrder(tools, type, values);
  const issue = async (holder: Holder, index: number): Promise<Copy> => {
    const place = places[index];
    const status = place && { status: { uri: statusListUri(tools.identifier, place.list), index: place.index } };
    return { credentialId: randomHandle(), credential: await type.issue({ ...shared, holder, ...status }), place };
  };
  // All at once: a request has no more keys than its issuer's batch_size, which the settings bound.
  const copies = await Promise.all(proven.holders.map(issue)).catch((fault: unknown) => Promise.reject(asDenial(fault)));
  const ids = copies.map(({ credentialId }) => credentialId);
  // §8.3: the copies in the order of their proofs.
  const credentials = copies.map(({ credential }) => ({ credential }));
  const reply = JSON.stringify({ credentials, notification_id: tools.notificationIds.mint(ids, grant) });
  return { copies, expiresAt: shared.expiresAt, reply };
}

/** The ledger's name of a request; the request cannot be told from it. */
const idempotencyKeyOf = (identity: string): Uint8Array => sha256(utf8(identity));

/** Keyed, so that the ledger can be asked about a person and tells nothing about anybody. */
export async function subjectHash(keys: KeyStore, { registry, id }: SubjectReference): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('subject-hash'))
    .update(JSON.stringify([registry, id]))
    .digest();
}

/** A registry that is away does not take back what was issued: a retry of the same request still gets its reply. */
async function answerWithoutRegistry({ keys, ledger, identifier }: IssuanceTools, { identity }: VerifiedRequest): Promise<string> {
  const kept = await ledger.findReply(identifier, idempotencyKeyOf(identity));
  if (kept) return openReply(keys, identity, kept);
  // §8.3.1 has no code for it: nothing is wrong with the request, and the same one may succeed later.
  throw new Refusal(503, 'temporarily_unavailable', 'The registry does not answer; nothing was issued. Try again later.', {
    headers: { 'retry-after': '30' },
  });
}

function entryOf({ credentialId, credential, place }: Copy, expiresAt: Date): LedgerEntry {
  const digest = sha256(typeof credential === 'string' ? credential : JSON.stringify(credential));
  return { credentialId, digest, expiresAt, ...(place ? { status: place } : {}) };
}

async function issuanceOf(tools: IssuanceTools, request: VerifiedRequest, { copies, expiresAt, reply }: Made): Promise<Issuance> {
  const { keys, clock, identifier } = tools;
  const { type, subject, proven, identity, grant, requestId } = request;
  const hash = await subjectHash(keys, subject);
  return {
    issuer: identifier,
    credentialType: type.id,
    credentialTypeVersion: type.version,
    subjectHash: hash,
    idempotencyKey: idempotencyKeyOf(identity),
    // standards X-8: one nonce for all copies, spent with them or not at all.
    spends: [{ kind: 'c-nonce', key: proven.nonce, expiresAt: addSeconds(proven.nonceExpiresAt, 60) }],
    entries: copies.map((copy) => entryOf(copy, expiresAt)),
    issuedAt: clock.now(),
    audit: {
      actor: grant.clientId ?? 'anonymous',
      action: 'issue',
      object: `${type.id}/${type.version}`,
      subject: base64url(hash),
      outcome: 'issued',
      copies: copies.length,
      request: requestId,
    },
    reply: await sealReply(keys, identity, reply),
    replyExpiresAt: addSeconds(clock.now(), replySeconds),
  };
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
  const { type, proven } = request;
  const places = type.status ? await takePlaces(statuses, proven.holders.length) : [];
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
 * committed before gets the reply of that time and the fresh signature is forgotten. Returns the JSON text of the answer.
 */
export async function issueCredential(tools: IssuanceTools, request: VerifiedRequest): Promise<string> {
  const values = await fetchClaims(tools, request.subject, request.type);
  if (!values) return answerWithoutRegistry(tools, request);
  for (let round = 0; round < attempts; round += 1) {
    const { commit, reply } = await attempt(tools, request, values);
    if (commit.outcome === 'committed') return reply;
    if (commit.outcome === 'already') return openReply(tools.keys, request.identity, commit.reply);
    if (commit.outcome === 'refused') throw new Refusal(400, 'invalid_nonce', 'The nonce was used before; ask for a fresh one.');
  }
  throw new Refusal(503, 'temporarily_unavailable', 'The credential could not be recorded in time; nothing was issued. Try again.', {
    headers: { 'retry-after': '5' },
  });
}

/** Q6: the same token with the same members is the same request; a new proof is a new request. */
export function identityOf(tokenId: string, canonical: string): string {
  return JSON.stringify([tokenId, canonical]);
}
