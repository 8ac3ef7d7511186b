import type { FastifyInstance, FastifyRequest } from 'fastify';
import { referenceOf } from '../lib/reference.ts';
import { Refusal } from '../oauth/refusal.ts';
import { walletRoutes } from '../routes.ts';
import { faultPage } from './result-pages.ts';
import { readVisitor, sendPage } from './wallet-page.ts';
import type { WalletParts } from './wallet-parts.ts';

function causeOf({ cause }: Refusal): { cause?: string } {
  if (typeof cause === 'string') return { cause };
  return cause instanceof Error ? { cause: cause.name } : {};
}

function asRefusal(fault: unknown): Refusal | undefined {
  if (fault instanceof Refusal) return fault;
  const { statusCode } = (fault ?? {}) as { statusCode?: number };
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500)
    return new Refusal(statusCode, 'unexpected', 'The request could not be read.');
  return undefined;
}

const isApi = (request: FastifyRequest) => request.url.startsWith(`${walletRoutes.api}/`);

/** Faults become pages for people and JSON for the application; both carry the same short reference (quality EP1 to EP4). */
export function answerFaults(scope: FastifyInstance, { log, clock, mode }: WalletParts): void {
  scope.setErrorHandler((fault, request, reply) => {
    const refusal = asRefusal(fault) ?? new Refusal(500, 'unexpected', 'The server met an unexpected condition.', { cause: fault });
    const { status, error, description } = refusal;
    const reference = referenceOf(request.id);
    const route = request.routeOptions.url ?? 'unknown';
    const level = status >= 500 ? 'error' : 'info';
    log.write(level, 'refused', { requestId: request.id, role: 'wallet', route, status, error, description, ...causeOf(refusal) });
    reply.headers({ 'cache-control': 'no-store', ...refusal.headers });
    if (isApi(request)) return reply.code(status).send({ ...refusal.body, reference });
    // The address that failed may carry a code; no link of the page repeats it.
    const visitor = { ...readVisitor(request, reply), back: walletRoutes.landing };
    const main = faultPage({ visitor, refusal, reference, time: clock.now() });
    return sendPage(reply, { visitor, status, demo: mode === 'demo', title: visitor.words.frame.help, main });
  });
}
