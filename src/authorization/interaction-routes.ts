import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationConfig } from '../config-schema.ts';
import type { Clock } from '../lib/clock.ts';
import { contentSecurityPolicy, formActionSource } from '../lib/content-security-policy.ts';
import type { Html } from '../lib/html.ts';
import { readLanguage } from '../lib/language.ts';
import type { Log } from '../lib/log.ts';
import { Refusal } from '../oauth/refusal.ts';
import { authorizationRoutes } from '../routes.ts';
import type { Attempts } from './attempts.ts';
import type { CredentialIssuers } from './credential-issuers.ts';
import { askedTypes, type EngineInteraction, finish, readInteraction } from './engine/interaction.ts';
import type { Engine } from './engine/provider.ts';
import type { FormInput } from './factor.ts';
import { type Asked, endOf, type Interaction, type Next } from './interaction.ts';
import { checkCsrf, checkOrigin, type PageSettings, pageContext } from './page-context.ts';
import { consentPage } from './pages/consent.ts';
import { errorPage, errorStatus } from './pages/error.ts';
import { evidencePage } from './pages/evidence.ts';
import { signInPage } from './pages/sign-in.ts';
import type { ErrorView, PageContext } from './pages/views.ts';
import { visitorOf } from './visitor.ts';

export interface InteractionRouteOptions {
  readonly engine: Engine;
  readonly interaction: Interaction;
  readonly issuers: CredentialIssuers;
  readonly attempts: Attempts;
  readonly config: AuthorizationConfig;
  readonly settings: PageSettings;
  readonly clock: Clock;
  readonly log: Log;
}

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

function formInput(body: unknown): FormInput {
  return Object.fromEntries(
    Object.entries((body ?? {}) as Record<string, unknown>).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  );
}

/** GET shows the step a sign-in is at, POST answers it (design D11: server-rendered forms, no script). */
export async function mountInteraction(scope: FastifyInstance, options: InteractionRouteOptions): Promise<void> {
  const { engine, interaction, issuers, attempts, config, settings, clock } = options;
  const url = `${settings.publicUrl.pathname.replace(/\/$/, '')}${authorizationRoutes.interaction}/:uid`;
  await scope.register(formbody, { bodyLimit: 16 * 1024 });

  async function askedFor({ uid, clientId, params, expiresAtSeconds }: EngineInteraction): Promise<Asked> {
    const client = config.clients.find((entry) => entry.clientId === clientId);
    return { uid, client, types: await askedTypes(params, issuers), endsAt: endOf(expiresAtSeconds, clock) };
  }

  function render(next: Next, context: PageContext): { readonly status: number; readonly page: Html } | undefined {
    switch (next.show) {
      case 'identify':
        return { status: next.view.fault ? 422 : 200, page: signInPage(next.view, context) };
      case 'evidence':
        return { status: next.view.fault ? 422 : 200, page: evidencePage(next.view, context) };
      case 'consent':
        return { status: 200, page: consentPage(next.view, context) };
      case 'error':
        return { status: errorStatus[next.view.kind], page: errorPage(next.view, context) };
      default:
        return undefined;
    }
  }

  async function respond(reply: FastifyReply, request: FastifyRequest, current: EngineInteraction, next: Next): Promise<FastifyReply> {
    if (next.show === 'again') return reply.header('cache-control', 'no-store').redirect(`${request.url.split('?')[0]}`, 303);
    if (next.show === 'allowed' || next.show === 'denied') {
      const returnTo = await finish(engine, { request: request.raw, response: reply.raw }, current, next, issuers);
      return reply.header('cache-control', 'no-store').redirect(returnTo, 303);
    }
    const context = pageContext(visitorOf(request), settings, {
      path: `${authorizationRoutes.interaction}/${current.uid}`,
      uid: current.uid,
      uiLocales: current.params.ui_locales,
    });
    const rendered = render(next, context);
    if (!rendered) throw new Error('A step without a page.');
    if (next.show === 'error' && 'until' in next.view)
      reply.header('retry-after', String(Math.max(1, Math.ceil((next.view.until.getTime() - clock.now().getTime()) / 1000))));
    const source = formActionSource(String(current.params.redirect_uri ?? ''));
    return sendPage(reply, rendered.status, rendered.page, source ? [source] : []);
  }

  const languageOf = (request: FastifyRequest, current: EngineInteraction) =>
    pageContext(visitorOf(request), settings, { path: '', uiLocales: current.params.ui_locales }).language;

  scope.get<{ Params: { uid: string } }>(url, async (request, reply) => {
    const current = await readInteraction(engine, request.raw, reply.raw, request.params.uid);
    rememberLanguage(reply, (request.query as Record<string, unknown>).language);
    return respond(reply, request, current, await interaction.show(await askedFor(current), languageOf(request, current)));
  });

  scope.post<{ Params: { uid: string } }>(url, async (request, reply) => {
    checkOrigin(request.headers, settings.publicUrl);
    const input = formInput(request.body);
    checkCsrf(input.csrf, settings, request.params.uid);
    const current = await readInteraction(engine, request.raw, reply.raw, request.params.uid);
    const pace = await attempts.slow(current.clientId, request.ip);
    if (pace.outcome === 'busy') return respond(reply, request, current, { show: 'error', view: { kind: 'busy', until: pace.until } });
    const chosen = rememberLanguage(reply, input.language);
    return respond(
      reply,
      request,
      current,
      await interaction.answer(await askedFor(current), chosen ?? languageOf(request, current), input),
    );
  });

  function rememberLanguage(reply: FastifyReply, wanted: unknown) {
    const language = readLanguage(wanted);
    if (language)
      reply.setCookie('language', language, {
        path: '/',
        maxAge: yearSeconds,
        sameSite: 'lax',
        secure: settings.publicUrl.protocol === 'https:',
      });
    return language;
  }
}
