import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import { ClaimFault } from '../formats/format.ts';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, randomBytes, randomHandle, sha256, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Claims, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import type { Commit, Issuance, Ledger } from '../store/ledger.ts';
import type { StatusPlace } from '../store/status-lists.ts';
import type { Grant } from './access-token.ts';
import { type CredentialType, findMissingClaim } from './credential-type.ts';
import { didWebOf } from './key-documents.ts';
import type { ProvenHolderKey } from './key-proof.ts';
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
  readonly holder: ProvenHolderKey;
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
  const source = Object.hasOwn(registries, subject.registry) ? registries[subject.registry] : undefined;
  if (!source) throw denied('No registry of this issuer knows the subject.', 'unknown registry');
  const answer = await source.claims(subject, type.mapping.names, AbortSignal.timeout(registryDeadlineMilliseconds));
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

interface Made {
  readonly credentialId: string;
  readonly credential: string | JsonObject;
  readonly expiresAt: Date;
  /** The JSON text of the answer (§8.3): `notification_id` stands beside credentials only (standards V-41). */
  readonly reply: string;
}

/** A value the format cannot carry ends as a final refusal: the same request would fail again (§8.3.1.2). */
function asDenial(fault: unknown): unknown {
  return fault instanceof ClaimFault ? denied('The registry holds a value that this credential cannot carry.', fault.message) : fault;
}

async function make(
  { identifier, issuerName, keys, clock, notificationIds }: IssuanceTools,
  { type, holder, grant }: VerifiedRequest,
  values: Claims,
  place: StatusPlace | undefined,
): Promise<Made> {
  const claims = type.mapping.evaluate(values, { now: clock.now() });
  const missing = findMissingClaim(type, claims);
  if (missing) throw denied('The registry lacks a value that this credential must hold.', `missing ${missing.join('.')}`);
  const issuedAt = startOfDay(clock.now());
  const expiresAt = addSeconds(issuedAt, type.validityDays * daySeconds);
  const signer = await keys.signer(`credential:${issuerName}`, type.algorithm);
  const status = place && { status: { uri: statusListUri(identifier, place.list), index: place.index } };
  const order = { issuer: identifier, issuerDid: didWebOf(identifier), claims, holder, issuedAt, expiresAt, signer, ...status };
  const credential = await type.issue(order).catch((fault: unknown) => Promise.reject(asDenial(fault)));
  const credentialId = randomHandle();
  const reply = JSON.stringify({ credentials: [{ credential }], notification_id: notificationIds.mint([credentialId], grant) });
  return { credentialId, credential, expiresAt, reply };
}

/** The ledger's name of a request; the request cannot be told from it. */
const idempotencyKeyOf = (identity: string): Uint8Array => sha256(utf8(identity));

/** The ledger keeps only a hash of `identity`: nobody but the sender of the request can bring this key back (quality Q8). */
async function replyKey(keys: KeyStore, identity: string): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('reply'))
    .update(identity)
    .digest();
}

/** quality Q8: the reply is kept only for a retry of the same request, under a key of that request. */
async function sealReply(keys: KeyStore, identity: string, reply: string): Promise<Uint8Array> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await replyKey(keys, identity), iv);
  const body = Buffer.concat([cipher.update(reply, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

async function openReply(keys: KeyStore, identity: string, sealed: Uint8Array): Promise<string> {
  const decipher = createDecipheriv('aes-256-gcm', await replyKey(keys, identity), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}

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

async function issuanceOf(tools: IssuanceTools, request: VerifiedRequest, made: Made, place: StatusPlace | undefined): Promise<Issuance> {
  const { keys, clock, identifier } = tools;
  const { type, subject, holder, identity, grant, requestId } = request;
  const { credentialId, credential, expiresAt, reply } = made;
  const hash = await subjectHash(keys, subject);
  const digest = sha256(typeof credential === 'string' ? credential : JSON.stringify(credential));
  return {
    issuer: identifier,
    credentialType: type.id,
    credentialTypeVersion: type.version,
    subjectHash: hash,
    idempotencyKey: idempotencyKeyOf(identity),
    spends: [{ kind: 'c-nonce', key: holder.nonce, expiresAt: addSeconds(holder.nonceExpiresAt, 60) }],
    entries: [{ credentialId, digest, expiresAt, ...(place ? { status: place } : {}) }],
    issuedAt: clock.now(),
    audit: {
      actor: grant.clientId ?? 'anonymous',
      action: 'issue',
      object: `${type.id}/${type.version}`,
      subject: base64url(hash),
      outcome: 'issued',
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

/** One signature and one commit. The place of a status that was surely not committed goes back; of one in doubt nobody hears again here. */
async function attempt(tools: IssuanceTools, request: VerifiedRequest, values: Claims): Promise<Attempt> {
  const { statuses, ledger } = tools;
  const place = request.type.status && (await statuses.take());
  const settle = (what: 'keep' | 'giveBack' | 'abandon') => place && statuses[what](place);
  const [made, issuance] = await make(tools, request, values, place)
    .then(async (made) => [made, await issuanceOf(tools, request, made, place)] as const)
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
