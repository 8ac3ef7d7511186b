import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { authorizationRoutes, wellKnownPath } from '../../routes.ts';
import type { Engine } from './provider.ts';

/**
 * Hands a request over to the engine, body unread (authorization §5.1). Host and scheme are those of our own public
 * address: what a Host header claims must not reach a DPoP check or a discovery document.
 */
async function handOver(
  engine: Engine,
  publicUrl: URL,
  path: string,
  { request, reply }: { request: FastifyRequest; reply: FastifyReply },
): Promise<void> {
  const { raw } = request;
  const query = raw.url?.includes('?') ? raw.url.slice(raw.url.indexOf('?')) : '';
  const mount = publicUrl.pathname.replace(/\/$/, '');
  raw.headers.host = publicUrl.host;
  raw.headers['x-forwarded-proto'] = publicUrl.protocol.slice(0, -1);
  delete raw.headers['x-forwarded-host'];
  Object.assign(raw, { originalUrl: mount + path + query, url: path + query });
  for (const [name, value] of Object.entries(reply.getHeaders())) if (value !== undefined) reply.raw.setHeader(name, value);
  const provider = await engine.current();
  reply.hijack();
  await provider.callback()(raw, reply.raw);
}

/** Mounts the engine's endpoints. `/par` and `/token` choose their owner before the body is read: today always the engine. */
export async function mountEngine(scope: FastifyInstance, engine: Engine, publicUrl: URL): Promise<void> {
  const base = publicUrl.pathname.replace(/\/$/, '');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const to = (path: string) => async (request: FastifyRequest, reply: FastifyReply) =>
    handOver(engine, publicUrl, path, { request, reply });
  const { authorize, pushedAuthorization, token, jwks } = authorizationRoutes;
  scope.route({ method: ['GET', 'POST'], url: base + authorize, handler: to(authorize) });
  scope.get(`${base}${authorize}/:uid`, async (request, reply) =>
    handOver(engine, publicUrl, `${authorize}/${encodeURIComponent((request.params as { uid: string }).uid)}`, { request, reply }),
  );
  scope.post(base + pushedAuthorization, to(pushedAuthorization));
  scope.post(base + token, to(token));
  scope.get(base + jwks, to(jwks));
  // RFC 8414 §3.1 inserts the well-known part, OpenID Connect Discovery §4 appends it; both lead to the one document.
  const discovery = '/.well-known/openid-configuration';
  const paths = new Set([
    wellKnownPath('oauth-authorization-server', publicUrl),
    wellKnownPath('openid-configuration', publicUrl),
    `${base}/.well-known/oauth-authorization-server`,
    base + discovery,
  ]);
  for (const path of paths) scope.get(path, to(discovery));
}
