import type { FastifyInstance } from 'fastify';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import type { Log } from '../lib/log.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Ledger, WalletEvent } from '../store/ledger.ts';
import { type AuthorizeOptions, authorizeRequest } from './authorize-request.ts';
import type { NotificationIds } from './notification-ids.ts';

export interface NotificationEndpointOptions {
  readonly path: string;
  readonly identifier: string;
  readonly authorize: AuthorizeOptions;
  readonly ids: NotificationIds;
  readonly ledger: Ledger;
  readonly log: Log;
}

/** §11.1; case sensitive. */
const events: readonly WalletEvent[] = ['credential_accepted', 'credential_failure', 'credential_deleted'];

const invalidRequest = (description: string) => new Refusal(400, 'invalid_notification_request', description);

function readNotification(text: string): { readonly id: Json | undefined; readonly event: WalletEvent } {
  const body = readObject(text);
  const { notification_id: id, event: told } = body;
  const event = events.find((known) => known === told);
  if (!event) throw invalidRequest(`event must be one of ${events.join(', ')}.`);
  return { id, event };
}

function readObject(text: string): JsonObject {
  try {
    const body = parseStrictJson(text);
    if (isJsonObject(body)) return body;
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
  }
  throw invalidRequest('The body is not a JSON object that can be read.');
}

/** OpenID4VCI 1.0 §11: a wallet tells what became of an answer; the same again is the same, and 204. Unknown members are ignored. */
export async function mountNotificationEndpoint(scope: FastifyInstance, options: NotificationEndpointOptions): Promise<void> {
  const { path, identifier, authorize, ids, ledger, log } = options;
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, text, done) => done(null, text));
  scope.addContentTypeParser('*', (_request, payload, done) => {
    payload.resume();
    done(invalidRequest('The media type must be application/json.'));
  });
  scope.post(path, async (request, reply) => {
    const grant = await authorizeRequest(request, authorize);
    const { id, event } = readNotification((request.body as string | undefined) ?? '');
    const credentials = typeof id === 'string' ? ids.read(id, grant) : undefined;
    if (!credentials) throw new Refusal(400, 'invalid_notification_id', 'notification_id names no answer that was given for this token.');
    await ledger.notify(identifier, credentials, event);
    log.write('info', 'wallet-event', { requestId: request.id, issuer: identifier, outcome: event, count: credentials.length });
    return reply.code(204).headers({ 'cache-control': 'no-store', 'dpop-nonce': authorize.nonces.mint() }).send();
  });
}
