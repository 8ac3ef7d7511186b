import type {} from '@fastify/cookie';
import type { FastifyReply } from 'fastify';
import { contentSecurityPolicy } from '../lib/content-security-policy.ts';
import type { Html } from '../lib/html.ts';
import { type Language, readLanguage } from '../lib/language.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { FormInput } from './factor.ts';
import type { ErrorView } from './pages/views.ts';

const yearSeconds = 31_536_000;

export function sendPage(reply: FastifyReply, status: number, page: Html, formAction: readonly string[] = []): FastifyReply {
  return reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': contentSecurityPolicy({ formAction }),
    })
    .send(page.markup);
}

/** What went wrong, in the words of a page. */
export function errorViewOf(fault: unknown): ErrorView {
  if (!(fault instanceof Refusal)) {
    const { statusCode = 500 } = (fault ?? {}) as { statusCode?: number };
    return {
      kind:
        statusCode >= 400 && statusCode < 500
          ? 'invalid-request'
          : (fault as { name?: string })?.name === 'StoreUnavailable'
            ? 'unavailable'
            : 'failed',
    };
  }
  if (fault.status === 503) return { kind: 'unavailable' };
  if (fault.status === 404) return { kind: 'not-found' };
  if (fault.status === 403) return { kind: 'forbidden' };
  return { kind: fault.error === 'expired' ? 'expired' : fault.status < 500 ? 'invalid-request' : 'failed' };
}

/** The text fields of a form; everything else a stranger sends is not looked at. */
export function formInput(body: unknown): FormInput {
  return Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** Remembers a language just chosen; returns it when it is one of ours. */
export function rememberLanguage(reply: FastifyReply, wanted: unknown, publicUrl: URL): Language | undefined {
  const language = readLanguage(wanted);
  if (language)
    reply.setCookie('language', language, { path: '/', maxAge: yearSeconds, sameSite: 'lax', secure: publicUrl.protocol === 'https:' });
  return language;
}
