import formbody from '@fastify/formbody';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AuthorizationConfig } from '../config-schema.ts';
import type { Clock } from '../lib/clock.ts';
import { formActionSource } from '../lib/content-security-policy.ts';
import type { Html } from '../lib/html.ts';
import type { Language } from '../lib/language.ts';
import { authorizationRoutes } from '../routes.ts';
import type { Attempts } from './attempts.ts';
import type { CredentialIssuers } from './credential-issuers.ts';
import { askedTypes, type EngineInteraction, finish, readInteraction } from './engine/interaction.ts';
import type { Engine } from './engine/provider.ts';
import { type Asked, endOf, type Interaction, type Next } from './interaction.ts';
import { checkCsrf, checkOrigin, type PageSettings, pageContext } from './page-context.ts';
import { formInput, rememberLanguage, sendPage } from './page-reply.ts';
import { type PageView, pageOf } from './pages/page-of.ts';
import { visitorOf } from './visitor.ts';

export interface InteractionRouteOptions {
  readonly engine: Engine;
  readonly interaction: Interaction;
  readonly issuers: CredentialIssuers;
  readonly attempts: Attempts;
  readonly config: AuthorizationConfig;
  readonly settings: PageSettings;
  readonly clock: Clock;
}

/** One request of a person at one sign-in. */
interface Visit {
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly current: EngineInteraction;
  readonly asked: Asked;
}

/** GET shows the step a sign-in is at, POST answers it (design D11: server-rendered forms, no script). */
class InteractionRoutes {
  readonly #options: InteractionRouteOptions;

  constructor(options: InteractionRouteOptions) {
    this.#options = options;
  }

  async show(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const visit = await this.#open(request, reply);
    rememberLanguage(reply, (request.query as Record<string, unknown>).language, this.#options.settings.publicUrl);
    return this.#respond(visit, await this.#options.interaction.show(visit.asked, this.#language(visit)));
  }

  async answer(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
    const { settings, attempts, interaction } = this.#options;
    checkOrigin(request.headers, settings.publicUrl);
    const input = formInput(request.body);
    checkCsrf(input.csrf, settings, uidOf(request));
    const visit = await this.#open(request, reply);
    const pace = await attempts.slow(visit.current.clientId, request.ip);
    if (pace.outcome === 'busy') return this.#respond(visit, { show: 'error', view: { kind: 'busy', until: pace.until } });
    const chosen = rememberLanguage(reply, input.language, settings.publicUrl);
    return this.#respond(visit, await interaction.answer(visit.asked, chosen ?? this.#language(visit), input));
  }

  async #open(request: FastifyRequest, reply: FastifyReply): Promise<Visit> {
    const current = await readInteraction(this.#options.engine, request.raw, reply.raw, uidOf(request));
    return { request, reply, current, asked: await this.#asked(current) };
  }

  async #asked(current: EngineInteraction): Promise<Asked> {
    const { config, issuers, clock } = this.#options;
    const client = config.clients.find(({ clientId }) => clientId === current.clientId);
    return { uid: current.uid, client, types: await askedTypes(current.params, issuers), endsAt: endOf(current.expiresAtSeconds, clock) };
  }

  #language({ request, current }: Visit): Language {
    return pageContext(visitorOf(request), this.#options.settings, { path: '', uiLocales: current.params.ui_locales }).language;
  }

  async #respond(visit: Visit, next: Next): Promise<FastifyReply> {
    const { request, reply, current, asked } = visit;
    const { engine } = this.#options;
    if (next.show === 'again') return reply.header('cache-control', 'no-store').redirect(request.url.split('?')[0] ?? '/', 303);
    if (next.show !== 'allowed' && next.show !== 'denied') return this.#page(visit, next);
    const returnTo = await finish(engine, { request: request.raw, response: reply.raw, current, next, types: asked.types });
    return reply.header('cache-control', 'no-store').redirect(returnTo, 303);
  }

  #page({ request, reply, current }: Visit, next: PageView): FastifyReply {
    const { settings, clock } = this.#options;
    const path = `${authorizationRoutes.interaction}/${current.uid}`;
    const context = pageContext(visitorOf(request), settings, { path, uid: current.uid, uiLocales: current.params.ui_locales });
    const { status, page }: { status: number; page: Html } = pageOf(next, context);
    if (next.show === 'error' && 'until' in next.view) {
      const seconds = Math.ceil((next.view.until.getTime() - clock.now().getTime()) / 1000);
      reply.header('retry-after', String(Math.max(1, seconds)));
    }
    // Chromium applies form-action to the redirect that ends the sign-in (design §8).
    const source = formActionSource(String(current.params.redirect_uri ?? ''));
    return sendPage(reply, status, page, source ? [source] : []);
  }
}

const uidOf = (request: FastifyRequest) => (request.params as { readonly uid: string }).uid;

export async function mountInteraction(scope: FastifyInstance, options: InteractionRouteOptions): Promise<void> {
  const url = `${options.settings.publicUrl.pathname.replace(/\/$/, '')}${authorizationRoutes.interaction}/:uid`;
  const routes = new InteractionRoutes(options);
  await scope.register(formbody, { bodyLimit: 16 * 1024 });
  scope.get(url, (request, reply) => routes.show(request, reply));
  scope.post(url, (request, reply) => routes.answer(request, reply));
}
