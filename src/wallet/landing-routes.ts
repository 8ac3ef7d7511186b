import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Refusal } from '../oauth/refusal.ts';
import { walletRoutes } from '../routes.ts';
import { applicationPaths } from './application-paths.ts';
import { makeCatalogue } from './catalogue.ts';
import { landingPage } from './landing.ts';
import { helpPage } from './result-pages.ts';
import { choiceCookies, keepChoice, readBack, readVisitor, sendPage } from './wallet-page.ts';
import type { WalletParts } from './wallet-parts.ts';

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);
const maximumQuery = 200;

/** Origins that a form may be redirected to: where owners sign in (design §8). */
export function signInOrigins({ config }: WalletParts): readonly string[] {
  return [...new Set(Object.keys(config.clients).map((server) => new URL(server).origin))];
}

/**
 * Cookies and forms belong to the one public address. On one's own machine the same demo answers under several names,
 * so a visitor of another loopback name is sent to the right one.
 */
function otherName(request: FastifyRequest, { mode, publicUrl }: WalletParts): URL | undefined {
  if (mode !== 'demo' || request.hostname === publicUrl.hostname) return undefined;
  return loopback.has(request.hostname) && loopback.has(publicUrl.hostname) ? new URL(request.url, publicUrl) : undefined;
}

/** Walk step 1: the catalogue (features A02), help, and the choice of appearance. */
export function mountLanding(scope: FastifyInstance, parts: WalletParts): void {
  const { config, directory, appearance, sessions } = parts;
  const demo = parts.mode === 'demo';

  scope.get(walletRoutes.landing, async (request: FastifyRequest, reply: FastifyReply) => {
    const elsewhere = otherName(request, parts);
    if (elsewhere) return reply.redirect(elsewhere.href, 302);
    const { q, category: wanted } = request.query as Readonly<Record<string, unknown>>;
    const query = typeof q === 'string' ? q.trim().slice(0, maximumQuery).toWellFormed() : '';
    const category = config.categories.find(({ id }) => id === wanted)?.id;
    const visitor = readVisitor(request, reply);
    const issuers = await directory.all();
    const catalogue = makeCatalogue(issuers, config, appearance, { language: visitor.language, query, category });
    const { csrf } = sessions.open(request, reply);
    const incomplete = issuers.length < config.issuers.length;
    return sendPage(reply, {
      visitor,
      demo,
      title: visitor.words.landing.title,
      current: 'documents',
      formAction: signInOrigins(parts),
      main: landingPage({ visitor, csrf, catalogue, query, category, incomplete }),
    });
  });

  scope.get(walletRoutes.help, async (request, reply) => {
    const visitor = readVisitor(request, reply);
    return sendPage(reply, { visitor, demo, title: visitor.words.help.title, current: 'help', main: helpPage(visitor) });
  });

  // Whatever else is asked for below the application's address gets words and a way on.
  scope.get(`${walletRoutes.application}*`, async () => {
    throw new Refusal(404, 'not_found', 'Nothing lives at this address.');
  });

  // So does a browser at any address where nothing lives; programs get the server's own answer.
  if (!scope.hasRoute({ method: 'GET', url: '/*' }))
    scope.get('/*', async (request, reply) => {
      if (!request.headers.accept?.includes('text/html')) return reply.callNotFound();
      throw new Refusal(404, 'not_found', 'Nothing lives at this address.');
    });

  // A choice of light or dark changes nothing but the look, so it needs no token.
  scope.post(applicationPaths.appearance, async (request, reply) => {
    const { appearance: theme, back } = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    const chosen = theme === 'light' || theme === 'dark' ? theme : 'automatic';
    keepChoice(reply, choiceCookies.appearance, chosen);
    return reply.redirect(readBack(back), 303);
  });

  scope.get(applicationPaths.stylesheet, async (_request, reply) =>
    reply
      .headers({ 'content-type': 'text/css; charset=utf-8', 'cache-control': 'public, max-age=300' })
      .send(await appearance.stylesheet()),
  );
}
