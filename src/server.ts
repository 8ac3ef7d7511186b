import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { randomHandle } from './lib/bytes.ts';
import type { Log } from './lib/log.ts';
import { Refusal } from './oauth/refusal.ts';
import type { MountedRoute } from './operation.ts';
import { StoreUnavailable } from './store/store.ts';

export interface ServerOptions {
  readonly log: Log;
  /** Addresses of proxies in front of us whose X-Forwarded headers are believed; nobody else's are. */
  readonly trustedProxies: readonly string[];
}

const baseHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'x-frame-options': 'DENY',
};

/** What a fault of the HTTP layer is in the words of RFC 6749 §5.2; everything unforeseen is `server_error` and keeps its cause for the log. */
function asRefusal(fault: unknown): Refusal {
  if (fault instanceof Refusal) return fault;
  if (fault instanceof StoreUnavailable) {
    const options = { cause: fault.cause, headers: { 'retry-after': '5' } };
    return new Refusal(503, 'temporarily_unavailable', 'The service cannot answer for a moment. Try again shortly.', options);
  }
  const { statusCode, code } = (fault ?? {}) as Partial<FastifyError>;
  if (statusCode === 413) return new Refusal(413, 'invalid_request', 'The request body is too large.', { cause: fault });
  if (statusCode === 415) return new Refusal(415, 'invalid_request', 'This media type is not accepted here.', { cause: fault });
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Refusal(statusCode, 'invalid_request', 'The request could not be read.', { cause: code ?? fault });
  return new Refusal(500, 'server_error', 'The server met an unexpected condition. The request id names it in our log.', { cause: fault });
}

/** Name and message of the cause; a database or parser message may quote values, so foreign messages are left out. */
function causeOf(refusal: Refusal): string | undefined {
  const { cause } = refusal;
  if (cause === undefined) return undefined;
  if (typeof cause === 'string') return cause;
  return cause instanceof Error
    ? cause.name + ((cause as { code?: unknown }).code ? ` ${String((cause as { code?: unknown }).code)}` : '')
    : typeof cause;
}

export function sendRefusal(reply: FastifyReply, refusal: Refusal): FastifyReply {
  return reply
    .code(refusal.status)
    .headers({ 'cache-control': 'no-store', ...refusal.headers })
    .send(refusal.body);
}

/** The HTTP server every role is mounted on: request id, bounds, one place for errors, one log line per request. */
export function createServer({ log, trustedProxies }: ServerOptions): FastifyInstance {
  const server = Fastify({
    logger: false,
    trustProxy: trustedProxies.length > 0 ? [...trustedProxies] : false,
    bodyLimit: 64 * 1024,
    genReqId: () => randomHandle().slice(0, 22),
    requestTimeout: 30_000,
    routerOptions: { ignoreTrailingSlash: false, maxParamLength: 200 },
  });
  const mounted: MountedRoute[] = [];
  server.decorate('mountedRoutes', mounted);
  server.addHook('onRoute', ({ method, url, config }) => {
    // HEAD comes with GET, and OPTIONS with what other origins may use.
    for (const one of [method].flat().filter((name) => name !== 'HEAD' && name !== 'OPTIONS'))
      mounted.push({ method: one, path: url, operation: config?.operation });
  });
  server.addHook('onRequest', async (request, reply) => {
    reply.headers({ ...baseHeaders, 'x-request-id': request.id });
  });
  server.setErrorHandler((fault, request, reply) => {
    const refusal = asRefusal(fault);
    const cause = causeOf(refusal);
    log.write(refusal.status >= 500 ? 'error' : 'info', 'refused', {
      requestId: request.id,
      route: routeOf(request),
      status: refusal.status,
      error: refusal.error,
      description: refusal.description,
      ...(cause === undefined ? {} : { cause }),
    });
    return sendRefusal(reply, refusal);
  });
  server.setNotFoundHandler((_request, reply) => sendRefusal(reply, new Refusal(404, 'not_found', 'Nothing lives at this address.')));
  server.addHook('onResponse', async (request, reply) => {
    log.write('info', 'request', {
      requestId: request.id,
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      durationMilliseconds: Math.round(reply.elapsedTime),
    });
  });
  return server;
}

function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unknown';
}
