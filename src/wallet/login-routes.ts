import type { FastifyInstance } from 'fastify';
import { walletRoutes } from '../routes.ts';
import { finishLogin, readAuthorizationAnswer } from './callback.ts';
import { nameIn } from './display.ts';
import { signInOrigins } from './landing-routes.ts';
import { beginLogin } from './login.ts';
import { stoppedPage } from './result-pages.ts';
import { walletFault } from './wallet-fault.ts';
import { readVisitor, sendPage } from './wallet-page.ts';
import type { WalletParts } from './wallet-parts.ts';

const optional = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

/** Walk steps 2 and 5: out to the office's sign-in and back. */
export function mountLogin(scope: FastifyInstance, parts: WalletParts): void {
  const { sessions, directory, ownKeys } = parts;

  scope.post(walletRoutes.start, async (request, reply) => {
    const form = (request.body ?? {}) as Readonly<Record<string, unknown>>;
    const session = sessions.require(request, form.csrf);
    const { issuer, configuration } = form;
    if (typeof issuer !== 'string' || typeof configuration !== 'string') throw walletFault('unknown_document', 'a form without a document');
    const address = await beginLogin(parts, session, {
      issuer,
      configurationId: configuration,
      issuerState: optional(form.issuer_state),
      authorizationServer: optional(form.authorization_server),
      language: readVisitor(request, reply).language,
    });
    // RFC 9700 §4.12: 303, so that the form is not posted on.
    return reply.header('cache-control', 'no-store').redirect(address.href, 303);
  });

  scope.get(walletRoutes.callback, async (request, reply) => {
    const answer = readAuthorizationAnswer(request.query as Readonly<Record<string, unknown>>);
    const session = sessions.find(request);
    if (!session) throw walletFault('forgotten', 'no session');
    const result = await finishLogin(parts, session, answer);
    reply.header('cache-control', 'no-store');
    if (result.outcome === 'allowed') return reply.redirect(`${walletRoutes.application}#/issuing/${result.issuanceId}`, 303);
    const visitor = { ...readVisitor(request, reply), back: walletRoutes.landing };
    const known = await directory.read(result.issuer);
    const offering = known.offerings.find(({ id }) => id === result.configurationId);
    const main = stoppedPage({
      visitor,
      csrf: session.csrf,
      issuer: result.issuer,
      configurationId: result.configurationId,
      office: nameIn(known.display, visitor.language) ?? new URL(known.identifier).host,
      document: nameIn(offering?.display ?? [], visitor.language) ?? result.configurationId,
    });
    const { title } = visitor.words.stopped;
    return sendPage(reply, { visitor, demo: parts.mode === 'demo', title, formAction: signInOrigins(parts), main });
  });

  // RFC 7517 §5: the keys of this client, for servers that check its assertions.
  scope.get(walletRoutes.jwks, async (_request, reply) => {
    const keys = await ownKeys.published('wallet-client');
    return reply.headers({ 'cache-control': 'public, max-age=30', 'access-control-allow-origin': '*' }).send({ keys });
  });
}
