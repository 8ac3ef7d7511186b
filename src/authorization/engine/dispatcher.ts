import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { authorizationRoutes, wellKnownPath } from '../../routes.ts';
import { readBody, readTokenForm, type TokenForm } from '../token/token-request.ts';
import type { Engine } from './provider.ts';
import { checkDpopHeaders } from './token-intake.ts';

/** A token request of a grant type of our own: the members of the token response, or a `Refusal`. */
export type OwnGrant = (request: FastifyRequest, form: TokenForm) => Promise<JsonObject>;

/** The same request once more, its body unread. */
function replay(raw: IncomingMessage, body: Buffer): IncomingMessage {
  const { method, url, headers, rawHeaders, httpVersion, socket } = raw;
  return Object.assign(Readable.from([body]), { method, url, headers, rawHeaders, httpVersion, socket }) as unknown as IncomingMessage;
}

/**
 * Hands a request over to the engine, body unread (authorization §5.1). Host and scheme are those of our own public
 * address: what a Host header claims must not reach a DPoP check or a discovery document.
 */
async function handOver(
  engine: Engine,
  publicUrl: URL,
  path: string,
  { raw, reply }: { raw: IncomingMessage; reply: FastifyReply },
): Promise<void> {
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

/** RFC 6749 §3.2: one token endpoint; the grant type says who answers. */
function mountToken(
  scope: FastifyInstance,
  path: string,
  engine: Engine,
  { publicUrl, clock, ownGrants, dpopNonce }: DispatcherOptions,
): void {
  scope.post(path, async (request, reply) => {
    checkDpopHeaders(request.raw.headersDistinct.dpop ?? [], clock);
    const body = await readBody(request.raw);
    const ownGrant = ownGrants.get(new URLSearchParams(body.toString('utf8')).get('grant_type') ?? '');
    if (!ownGrant) return handOver(engine, publicUrl, authorizationRoutes.token, { raw: replay(request.raw, body), reply });
    if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Refusal(400, 'invalid_request', 'The body must be a form.');
    const answer = await ownGrant(request, readTokenForm(body));
    return reply.headers({ 'cache-control': 'no-store', 'dpop-nonce': dpopNonce() }).send(answer);
  });
}

/** What a browser and whatever stands before us will carry in an address. */
const longestQuery = 8000;

/**
 * OpenID Connect Core §3.1.2.1: by POST the parameters come as a form. They go on as a GET of this browser, because a form of
 * another site brings none of our cookies along (SameSite=Lax) and a sign-in begun without them could not be finished.
 */
function mountAuthorizeByPost(scope: FastifyInstance, path: string): void {
  scope.post(path, async (request, reply) => {
    if (!/^application\/x-www-form-urlencoded(?:;|$)/i.test(request.headers['content-type'] ?? ''))
      throw new Refusal(400, 'invalid_request', 'The body must be a form.');
    const form = new URLSearchParams((await readBody(request.raw)).toString('utf8')).toString();
    if (form.length > longestQuery) throw new Refusal(413, 'invalid_request', 'The request is too long; push it first.');
    return reply.header('cache-control', 'no-store').redirect(`${path}?${form}`, 303);
  });
}

export interface DispatcherOptions {
  readonly publicUrl: URL;
  readonly clock: Clock;
  /** By grant type; every other one is the engine's. */
  readonly ownGrants: ReadonlyMap<string, OwnGrant>;
  readonly dpopNonce: () => string;
}

/** Mounts the engine's endpoints; what has an owner of its own is handed to that instead (authorization §5.1). */
export async function mountEngine(scope: FastifyInstance, engine: Engine, options: DispatcherOptions): Promise<void> {
  const { publicUrl, clock } = options;
  const base = publicUrl.pathname.replace(/\/$/, '');
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
  const to = (path: string) => async (request: FastifyRequest, reply: FastifyReply) =>
    handOver(engine, publicUrl, path, { raw: request.raw, reply });
  const { authorize, pushedAuthorization, token, jwks } = authorizationRoutes;
  scope.get(base + authorize, to(authorize));
  mountAuthorizeByPost(scope, base + authorize);
  scope.get(`${base}${authorize}/:uid`, async (request, reply) =>
    handOver(engine, publicUrl, `${authorize}/${encodeURIComponent((request.params as { uid: string }).uid)}`, { raw: request.raw, reply }),
  );
  scope.post(base + pushedAuthorization, async (request, reply) => {
    checkDpopHeaders(request.raw.headersDistinct.dpop ?? [], clock);
    await handOver(engine, publicUrl, pushedAuthorization, { raw: request.raw, reply });
  });
  mountToken(scope, base + token, engine, options);
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
