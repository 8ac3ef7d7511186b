import type {} from '@fastify/cookie';
import type { FastifyRequest } from 'fastify';
import type { Visitor } from './page-context.ts';

/** What of a request decides how a page is drawn; a language just chosen counts before the one remembered. */
export function visitorOf(request: FastifyRequest): Visitor {
  const body = (request.body ?? {}) as Record<string, unknown>;
  const query = {
    ...(request.query as Record<string, unknown>),
    ...(typeof body.language === 'string' ? { language: body.language } : {}),
  };
  return { id: request.id, acceptLanguage: request.headers['accept-language'], cookies: request.cookies, query };
}
