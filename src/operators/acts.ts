import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { JsonObject } from '../lib/json.ts';
import type { Audit } from '../store/audit.ts';
import { hashAddress } from '../store/audit-chain.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set once the act of an operator has been recorded: its result is recorded too. */
    recordedAct?: boolean;
  }
}

const reading = new Set(['GET', 'HEAD', 'OPTIONS']);

function eventOf(request: FastifyRequest, secret: Uint8Array, outcome: string): JsonObject {
  const { operator, method, routeOptions, ip, id } = request;
  const { name, id: member } = (request.params ?? {}) as { readonly name?: string; readonly id?: string };
  const object = [name, member].filter((part) => part !== undefined).join('/');
  return {
    actor: operator?.id ?? 'invited',
    action: `${method} ${routeOptions.url ?? ''}`,
    ...(object ? { object } : {}),
    from: hashAddress(secret, ip),
    outcome,
    request: id,
  };
}

/**
 * Every act of an operator is in the audit trail before it is done, and with its result before its answer leaves (quality Q25, R53);
 * an act that cannot be recorded is not done. Looking at something is no act, but a search is: its route is a POST.
 */
export function recordActs(server: FastifyInstance, audit: Audit, secret: Uint8Array): void {
  server.addHook('preHandler', async (request) => {
    // An address without a route is answered with 404 and does nothing.
    if (reading.has(request.method) || request.is404) return;
    await audit.record('operators', eventOf(request, secret, 'begun'));
    request.recordedAct = true;
  });
  server.addHook('onSend', async (request, reply, payload) => {
    if (!request.recordedAct) return payload;
    request.recordedAct = false;
    await audit.record('operators', eventOf(request, secret, `answered ${reply.statusCode}`));
    return payload;
  });
}
