import cookie from '@fastify/cookie';
import type { FastifyInstance, FastifyPluginAsync } from 'fastify';
import type { AuthorizationConfig } from '../config-schema.ts';
import { brandStylesheet, mountLook } from '../lib/look/look.ts';
import { Refusal } from '../oauth/refusal.ts';
import { createRemoteDocuments } from '../oauth/remote-documents.ts';
import type { Registry } from '../registry/registry.ts';
import { authorizationRoutes } from '../routes.ts';
import type { ServiceTools } from '../service.ts';
import type { Artifacts } from '../store/artifacts.ts';
import { createAccounts } from './account.ts';
import { createAttempts } from './attempts.ts';
import { brandsOf } from './brands.ts';
import { createCredentialIssuers } from './credential-issuers.ts';
import { mountEngine } from './engine/dispatcher.ts';
import { createEngine } from './engine/provider.ts';
import { Interaction } from './interaction.ts';
import { mountInteraction } from './interaction-routes.ts';
import { createLoginStates } from './login-state.ts';
import type { OneTimeCodesWithMailbox } from './one-time-codes.ts';
import { checkOrigin, type PageSettings, pageContext } from './page-context.ts';
import { errorViewOf, sendPage } from './page-reply.ts';
import { errorPage, errorStatus } from './pages/error.ts';
import { mailboxPage } from './pages/mailbox.ts';
import { openOwnGrants, ownGrantTypes } from './token/own-grants.ts';
import { visitorOf } from './visitor.ts';

export interface AuthorizationOptions extends ServiceTools {
  readonly publicUrl: URL;
  readonly config: AuthorizationConfig;
  readonly artifacts: Artifacts;
  readonly registry: Registry;
  readonly codes: OneTimeCodesWithMailbox;
}

const yearSeconds = 31_536_000;

/** Pages that belong to no sign-in: preferences, the demo's mailbox, the authorities' colours. */
function mountPages(
  scope: FastifyInstance,
  { config, codes, publicUrl }: AuthorizationOptions,
  settings: PageSettings,
  brands: () => Promise<string>,
): void {
  const base = publicUrl.pathname.replace(/\/$/, '');
  mountLook(scope, `${base}/assets/look`);
  scope.get(`${base}/assets/brands.css`, async (_request, reply) =>
    reply.headers({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=60' }).send(await brands()),
  );
  scope.post(`${base}/appearance`, async (request, reply) => {
    checkOrigin(request.headers, publicUrl);
    const { appearance, back } = (request.body ?? {}) as Record<string, unknown>;
    if (appearance === 'automatic' || appearance === 'light' || appearance === 'dark')
      reply.setCookie('appearance', appearance, { path: '/', maxAge: yearSeconds, sameSite: 'lax' });
    // Only what a header can carry, and only addresses of our own.
    const readable = typeof back === 'string' && /^\/[\x21-\x7e]{1,2047}$/.test(back) && back.startsWith(`${base}/`);
    const inside = readable && URL.parse(back, publicUrl)?.origin === publicUrl.origin;
    return reply.redirect(inside ? back : base || '/', 303);
  });
  // A browser at an address where nothing lives gets a page; programs get the server's own answer.
  if (!scope.hasRoute({ method: 'GET', url: `${base}/*` }))
    scope.get(`${base}/*`, async (request, reply) => {
      if (!request.headers.accept?.includes('text/html')) return reply.callNotFound();
      throw new Refusal(404, 'not_found', 'Nothing lives at this address.');
    });
  if (!config.mailbox) return;
  scope.get(base + authorizationRoutes.mailbox, async (request, reply) =>
    sendPage(
      reply,
      200,
      mailboxPage({ messages: await codes.messages() }, pageContext(visitorOf(request), settings, { path: authorizationRoutes.mailbox })),
    ),
  );
}

/** A page for every fault, with a way on and a reference; the log has the cause (quality EP1 to EP7). */
function renderFaultsAsPages(scope: FastifyInstance, { log }: AuthorizationOptions, settings: PageSettings): void {
  scope.setErrorHandler((fault, request, reply) => {
    const view = errorViewOf(fault);
    const context = pageContext(visitorOf(request), settings, { path: '' });
    const cause = fault instanceof Error ? fault.name : 'unknown';
    log.write(errorStatus[view.kind] >= 500 ? 'error' : 'info', 'page-error', {
      requestId: request.id,
      error: view.kind,
      cause,
      status: errorStatus[view.kind],
    });
    return sendPage(reply, errorStatus[view.kind], errorPage(view, context));
  });
}

async function openParts(options: AuthorizationOptions, settings: PageSettings) {
  const { config, keys, store, clock, egress, log, publicUrl, artifacts, registry } = options;
  const issuers = createCredentialIssuers(config.credentialIssuers, createRemoteDocuments({ egress, clock }));
  const accounts = createAccounts(await keys.secret('account'), await keys.secret('pairwise'));
  const attempts = createAttempts(store, await keys.secret('subject-hash'), config.limits);
  const engine = await createEngine({
    publicUrl,
    ownGrantTypes: ownGrantTypes(config),
    // OpenID4VCI 1.0 §12.3; said only where it is true.
    discovery: config.preAuthorizedCode?.anonymous ? { 'pre-authorized_grant_anonymous_access_supported': true } : {},
    clients: config.clients,
    refreshTokenDays: config.refreshTokenDays,
    artifacts,
    clock,
    egress,
    keys,
    log,
    accounts,
    issuers,
    cookieSecret: await keys.secret('cookie'),
    dpopNonceSecret: await keys.secret('dpop-nonce'),
    renderError: (visitor, { code }) =>
      errorPage(
        { kind: code === 'invalid_client' ? 'unknown-client' : code === 'server_error' ? 'failed' : 'invalid-request' },
        pageContext(visitor, settings, { path: '' }),
        code,
      ).markup,
  });
  const states = createLoginStates(store, await keys.secret('session'), clock);
  const interaction = new Interaction({ origin: publicUrl.origin, config, registry, issuers, states, attempts, accounts, clock });
  return { issuers, accounts, attempts, engine, interaction };
}

/** The authorization server (design D3): the engine's endpoints, and the pages of sign-in and consent around it. */
export function createAuthorization(options: AuthorizationOptions): FastifyPluginAsync {
  return async (scope) => {
    const { config, clock, publicUrl, keys } = options;
    const { mailbox: demo, tryWith, wallet } = config;
    const settings: PageSettings = { publicUrl, demo, tryWith, wallet, clock, csrfSecret: await keys.secret('cookie') };
    const parts = await openParts(options, settings);
    const { issuers, attempts, engine, interaction } = parts;
    const owned = await openOwnGrants(options, parts);
    await scope.register((inner) => mountEngine(inner, engine, { publicUrl, clock, ...owned }));
    await scope.register(async (inner) => {
      await inner.register(cookie);
      renderFaultsAsPages(inner, options, settings);
      await mountInteraction(inner, { engine, interaction, issuers, attempts, config, settings, clock });
      mountPages(inner, options, settings, async () => brandStylesheet(await brandsOf(config.credentialIssuers, issuers)));
    });
  };
}
