import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, randomBytes, randomHandle, sha256, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Claims, ClaimsSource, SubjectReference } from '../registry/registry.ts';
import type { Ledger } from '../store/ledger.ts';
import { type CredentialType, findMissingClaim } from './credential-type.ts';
import type { ProvenHolderKey } from './key-proof.ts';

export interface IssuanceTools {
  readonly issuerName: string;
  readonly identifier: string;
  readonly keys: KeyStore;
  readonly ledger: Ledger;
  readonly registries: Readonly<Record<string, ClaimsSource>>;
  readonly clock: Clock;
}

/** A credential request after every check: only what is needed to issue. */
export interface VerifiedRequest {
  readonly type: CredentialType;
  readonly subject: SubjectReference;
  readonly holder: ProvenHolderKey;
  readonly clientId: string | undefined;
  /** Hash of token id and canonical request (quality Q6). */
  readonly idempotencyKey: Uint8Array;
  readonly requestId: string;
}

const registryDeadlineMilliseconds = 5000;
const replySeconds = 600;
const daySeconds = 86_400;

const denied = (description: string, cause?: unknown) => new Refusal(400, 'credential_request_denied', description, { cause });

/** What the registry knows, of the names the mapping asks for and no others. */
async function fetchClaims({ registries }: IssuanceTools, subject: SubjectReference, type: CredentialType): Promise<Claims> {
  const source = registries[subject.registry];
  if (!source) throw denied('No registry of this issuer knows the subject.', 'unknown registry');
  const answer = await source.claims(subject, type.mapping.names, AbortSignal.timeout(registryDeadlineMilliseconds));
  if (answer.outcome === 'known') return answer.claims;
  if (answer.outcome === 'unavailable')
    throw new Refusal(503, 'temporarily_unavailable', 'The registry does not answer; nothing was issued. Try again later.', {
      headers: { 'retry-after': '30' },
    });
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
  readonly credential: string | JsonObject;
  readonly expiresAt: Date;
}

async function make(
  { identifier, issuerName, keys, clock }: IssuanceTools,
  { type, holder }: VerifiedRequest,
  values: Claims,
): Promise<Made> {
  const claims = type.mapping.evaluate(values, { now: clock.now() });
  const missing = findMissingClaim(type, claims);
  if (missing) throw denied('The registry lacks a value that this credential must hold.', `missing ${missing.join('.')}`);
  const issuedAt = startOfDay(clock.now());
  const expiresAt = addSeconds(issuedAt, type.validityDays * daySeconds);
  const signer = await keys.signer(`credential:${issuerName}`);
  return { credential: await type.issue({ issuer: identifier, claims, holderKey: holder.jwk, issuedAt, expiresAt, signer }), expiresAt };
}

async function replyKey(keys: KeyStore, idempotencyKey: Uint8Array): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('reply'))
    .update(idempotencyKey)
    .digest();
}

/** quality Q8: the reply is kept only for a retry of the same request, under a key of that request. */
async function sealReply(keys: KeyStore, idempotencyKey: Uint8Array, reply: string): Promise<Uint8Array> {
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', await replyKey(keys, idempotencyKey), iv);
  const body = Buffer.concat([cipher.update(reply, 'utf8'), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), body]);
}

async function openReply(keys: KeyStore, idempotencyKey: Uint8Array, sealed: Uint8Array): Promise<string> {
  const decipher = createDecipheriv('aes-256-gcm', await replyKey(keys, idempotencyKey), sealed.subarray(0, 12));
  decipher.setAuthTag(sealed.subarray(12, 28));
  return Buffer.concat([decipher.update(sealed.subarray(28)), decipher.final()]).toString('utf8');
}

async function subjectHash(keys: KeyStore, { registry, id }: SubjectReference): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('subject-hash'))
    .update(JSON.stringify([registry, id]))
    .digest();
}

/**
 * Design D7: claims, signature, one grouped commit, reply. Nothing leaves before the commit; a request that was
 * committed before gets the reply of that time and the fresh signature is forgotten. Returns the JSON text of the answer.
 */
export async function issueCredential(tools: IssuanceTools, request: VerifiedRequest): Promise<string> {
  const { keys, ledger, clock, identifier } = tools;
  const { type, subject, holder, idempotencyKey, clientId, requestId } = request;
  const values = await fetchClaims(tools, subject, type);
  const { credential, expiresAt } = await make(tools, request, values);
  const reply = JSON.stringify({ credentials: [{ credential }] });
  const hash = await subjectHash(keys, subject);
  const commit = await ledger.commit({
    issuer: identifier,
    credentialType: type.id,
    credentialTypeVersion: type.version,
    subjectHash: hash,
    idempotencyKey,
    spends: [{ kind: 'c-nonce', key: holder.nonce, expiresAt: addSeconds(holder.nonceExpiresAt, 60) }],
    entries: [
      { credentialId: randomHandle(), digest: sha256(typeof credential === 'string' ? credential : JSON.stringify(credential)), expiresAt },
    ],
    issuedAt: clock.now(),
    audit: {
      actor: clientId ?? 'anonymous',
      action: 'issue',
      object: `${type.id}/${type.version}`,
      subject: base64url(hash),
      outcome: 'issued',
      request: requestId,
    },
    reply: await sealReply(keys, idempotencyKey, reply),
    replyExpiresAt: addSeconds(clock.now(), replySeconds),
  });
  if (commit.outcome === 'refused') throw new Refusal(400, 'invalid_nonce', 'The nonce was used before; ask for a fresh one.');
  return commit.outcome === 'already' ? openReply(keys, idempotencyKey, commit.reply) : reply;
}

/** Q6: the same token with the same members is the same request; a new proof is a new request. */
export function idempotencyKeyOf(tokenId: string, canonical: string): Uint8Array {
  return sha256(utf8(JSON.stringify([tokenId, canonical])));
}
