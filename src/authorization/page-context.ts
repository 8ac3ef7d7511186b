import { createHmac } from 'node:crypto';
import { base64url, equalBytes, readBase64url, utf8 } from '../lib/bytes.ts';
import type { Clock } from '../lib/clock.ts';
import { chooseLanguage } from '../lib/language.ts';
import { readTheme } from '../lib/look/look.ts';
import { referenceOf } from '../lib/reference.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { PageContext } from './pages/views.ts';

/** What of a request decides how a page is drawn. */
export interface Visitor {
  readonly id: string;
  readonly acceptLanguage: string | undefined;
  readonly cookies: Readonly<Record<string, string | undefined>>;
  readonly query: Readonly<Record<string, unknown>>;
}

export interface PageSettings {
  readonly publicUrl: URL;
  readonly demo: boolean;
  readonly tryWith?: string | undefined;
  readonly wallet?: string | undefined;
  readonly clock: Clock;
  readonly csrfSecret: Uint8Array;
}

function csrfOf({ csrfSecret }: PageSettings, uid: string): Uint8Array {
  return createHmac('sha256', csrfSecret)
    .update(utf8(`csrf\n${uid}`))
    .digest();
}

export function pageContext(
  visitor: Visitor,
  settings: PageSettings,
  page: { readonly path: string; readonly uid?: string; readonly uiLocales?: unknown },
): PageContext {
  const { publicUrl, demo, tryWith, wallet, clock } = settings;
  const basePath = publicUrl.pathname.replace(/\/$/, '');
  return {
    language: chooseLanguage({
      query: visitor.query.language,
      cookie: visitor.cookies.language,
      uiLocales: page.uiLocales,
      header: visitor.acceptLanguage,
    }),
    theme: readTheme(visitor.cookies.appearance),
    basePath,
    actionUrl: basePath + page.path,
    csrf: page.uid === undefined ? '' : base64url(csrfOf(settings, page.uid)),
    now: clock.now(),
    demo,
    ...(demo && tryWith !== undefined ? { tryWith } : {}),
    ...(wallet === undefined ? {} : { wallet }),
    reference: referenceOf(visitor.id),
  };
}

/**
 * Whether an answer came from the page we showed for this very sign-in (features C53, quality R75). Our pages send no
 * referrer, so a browser writes `null` as their origin; what a browser tells about the site it came from counts then.
 */
export function checkOrigin(headers: Readonly<Record<string, string | readonly string[] | undefined>>, publicUrl: URL): void {
  const { origin, 'sec-fetch-site': site } = headers;
  const foreign =
    (origin !== undefined && origin !== 'null' && origin !== publicUrl.origin) ||
    (site !== undefined && site !== 'same-origin' && site !== 'none');
  if (foreign) throw new Refusal(403, 'invalid_request', 'This answer did not come from our page.');
}

export function checkCsrf(token: string | undefined, settings: PageSettings, uid: string): void {
  const presented = readBase64url(token ?? '');
  if (!presented || !equalBytes(presented, csrfOf(settings, uid)))
    throw new Refusal(403, 'invalid_request', 'This answer did not come from our page.');
}
