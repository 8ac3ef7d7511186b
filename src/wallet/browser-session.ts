import { createHmac, hkdfSync } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { base64url, equalBytes, randomHandle, utf8 } from '../lib/bytes.ts';
import { Refusal } from '../oauth/refusal.ts';

/** One browser, as long as its cookie lives: nothing of it is stored until something begins. */
export interface BrowserSession {
  readonly id: string;
  /** What every state-changing request of this browser must carry (quality R75). */
  readonly csrf: string;
}

export interface BrowserSessions {
  /** The session of the request; a new one, with its cookie, when there is none. */
  open(request: FastifyRequest, reply: FastifyReply): BrowserSession;
  /** The session of the request when it has one. */
  find(request: FastifyRequest): BrowserSession | undefined;
  /** The session of a state-changing request; 403 without the token, or from another origin (quality R75). */
  require(request: FastifyRequest, token: unknown): BrowserSession;
}

const idPattern = /^[A-Za-z0-9_-]{43}$/;

const forged = (cause: string) =>
  new Refusal(403, 'forged', 'The request did not come from a page of this wallet. Open the page again.', { cause });

/** Sessions of browsers at one public address. `secret` is the key store's, for this purpose alone. */
export function createBrowserSessions(publicUrl: URL, secret: Uint8Array): BrowserSessions {
  const secure = publicUrl.protocol === 'https:';
  // RFC 6265bis §4.1.3.2: the prefix keeps other hosts of the same site from planting a cookie.
  const cookieName = secure ? '__Host-chancery-wallet' : 'chancery-wallet';
  const key = new Uint8Array(hkdfSync('sha256', secret, '', 'wallet csrf', 32));
  const sessionOf = (id: string): BrowserSession => ({ id, csrf: base64url(createHmac('sha256', key).update(id).digest()) });

  function find(request: FastifyRequest): BrowserSession | undefined {
    const id = request.cookies[cookieName];
    return id !== undefined && idPattern.test(id) ? sessionOf(id) : undefined;
  }

  return {
    find,
    open(request, reply) {
      const known = find(request);
      if (known) return known;
      const id = randomHandle();
      reply.setCookie(cookieName, id, { path: '/', httpOnly: true, sameSite: 'lax', secure });
      return sessionOf(id);
    },
    require(request, token) {
      const site = request.headers['sec-fetch-site'];
      if (request.headers.origin !== publicUrl.origin || (site !== undefined && site !== 'same-origin')) throw forged('another origin');
      const session = find(request);
      if (!session) throw forged('no session');
      if (typeof token !== 'string' || !equalBytes(utf8(token), utf8(session.csrf))) throw forged('no token');
      return session;
    },
  };
}
