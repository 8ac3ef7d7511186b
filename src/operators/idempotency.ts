import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { base64url, randomHandle, sha256 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import { isJsonObject, type Json } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { KeptAnswers, KeyedRequest } from '../store/kept-answers.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set while a request under an idempotency key is done. */
    keyedRequest?: KeyedRequest | undefined;
  }
}

export interface IdempotencyTools {
  readonly keptAnswers: KeptAnswers;
  readonly clock: Clock;
  /** 32 bytes: answers may hold a key or a transaction code. */
  readonly secret: Uint8Array;
}

const keptSeconds = 86_400;
/** Longer than any route takes; a try that is older has died. */
const attemptSeconds = 60;

/** The field is a string of RFC 9651 (draft-ietf-httpapi-idempotency-key-header-07 §2.1); clients that leave the quotes out are many. */
function readKey({ headers }: FastifyRequest): string | undefined {
  const value = headers['idempotency-key'];
  if (value === undefined) return undefined;
  const [, quoted, bare] =
    (typeof value === 'string' && /^(?:"([\x20\x21\x23-\x5b\x5d-\x7e]{1,255})"|([\w.:~+/=-]{1,255}))$/.exec(value)) || [];
  const key = quoted ?? bare;
  if (key === undefined)
    throw new Refusal(400, 'invalid_request', 'The header Idempotency-Key is one text of 1 to 255 printable characters.');
  return key;
}

/** §2.4: the same key for something else is told apart by a hash of all that is asked. */
function keyed(request: FastifyRequest, key: string, clock: Clock): KeyedRequest {
  const now = clock.now();
  return {
    // Each operator has keys of their own.
    key: `${request.operator?.id ?? ''}\n${key}`,
    fingerprint: sha256(JSON.stringify([request.method, request.url, request.headers['content-type'] ?? '', request.body ?? null])),
    attempt: randomHandle(),
    attemptUntil: addSeconds(now, attemptSeconds),
    expiresAt: addSeconds(now, keptSeconds),
  };
}

const contextOf = ({ key }: KeyedRequest) => `kept-answer\n${key}`;

function replay(reply: FastifyReply, opened: Json | undefined): FastifyReply {
  if (!isJsonObject(opened) || typeof opened.status !== 'number' || typeof opened.body !== 'string')
    throw new Refusal(409, 'conflict', 'This was done before, and its answer cannot be opened here.');
  return reply
    .code(opened.status)
    .headers({ 'content-type': String(opened.mediaType), 'cache-control': 'no-store', 'idempotency-replayed': 'true' })
    .send(opened.body);
}

/** §2.6 and §2.7: one caller does it, whoever comes meanwhile is told to wait, and the answer stays for a day. */
async function begin(request: FastifyRequest, reply: FastifyReply, { keptAnswers, clock, secret }: IdempotencyTools): Promise<unknown> {
  const key = request.method === 'POST' ? readKey(request) : undefined;
  if (key === undefined) return undefined;
  const order = keyed(request, key, clock);
  const beginning = await keptAnswers.begin(order);
  switch (beginning.outcome) {
    case 'begun':
      request.keyedRequest = order;
      return undefined;
    case 'kept':
      return replay(reply, unseal(secret, contextOf(order), beginning.answer));
    case 'other':
      throw new Refusal(422, 'invalid_request', 'This Idempotency-Key was used for another request. Take a new one.');
    case 'running': {
      const seconds = Math.max(1, Math.ceil((beginning.until.getTime() - clock.now().getTime()) / 1000));
      throw new Refusal(409, 'conflict', 'This request is being done. Ask again with the same key.', {
        headers: { 'retry-after': String(seconds) },
      });
    }
  }
}

/** What was refused has done nothing and is not kept: the next one under the key begins anew. */
async function end(order: KeyedRequest, reply: FastifyReply, payload: unknown, { keptAnswers, secret }: IdempotencyTools): Promise<void> {
  if (reply.statusCode >= 400 || typeof payload !== 'string') return keptAnswers.release(order);
  const mediaType = String(reply.getHeader('content-type'));
  const sealed = seal(secret, contextOf(order), { status: reply.statusCode, mediaType, body: payload });
  if (!(await keptAnswers.keep(order, sealed))) throw new Refusal(409, 'conflict', 'This took too long, and another try has done it.');
}

/** Every POST of a listener can be sent again under its `Idempotency-Key` without being done again (features H09). */
export function keepAnswers(server: FastifyInstance, tools: IdempotencyTools): void {
  server.addHook('preHandler', (request, reply) => begin(request, reply, tools));
  server.addHook('onSend', async (request, reply, payload) => {
    const order = request.keyedRequest;
    request.keyedRequest = undefined;
    if (order) await end(order, reply, payload, tools);
    return payload;
  });
}

/** An id that a request done once more after a crash gives again: the thing it makes is then made once. */
export function repeatableId({ keyedRequest }: FastifyRequest): string | undefined {
  return keyedRequest && base64url(sha256(`${keyedRequest.key}\n${base64url(keyedRequest.fingerprint)}`)).slice(0, 12);
}
