import type { FastifyReply, FastifyRequest } from 'fastify';
import { contentSecurityPolicy } from '../lib/content-security-policy.ts';
import { type Html, html } from '../lib/html.ts';
import { chooseLanguage, type Language } from '../lib/language.ts';
import { appearanceForm, languageLinks, page, readTheme, type Theme } from '../lib/look/look.ts';
import { walletRoutes } from '../routes.ts';
import { applicationPaths } from './application-paths.ts';
import { words } from './words/catalogues.ts';
import type { Words } from './words/words.ts';

/** How this visitor wants pages: from the address, cookies and headers. */
export interface Visitor {
  readonly language: Language;
  readonly theme: Theme;
  readonly words: Words;
  /** The address asked for, without a language choice; to come back to. */
  readonly back: string;
}

export interface WalletPage {
  readonly visitor: Visitor;
  readonly title: string;
  readonly main: Html;
  readonly current?: 'documents' | 'wallet' | 'help';
  readonly demo: boolean;
  /** Origins a form of the page may lead to by way of a redirect. */
  readonly formAction?: readonly string[];
  readonly scripts?: readonly string[];
  /** The one trusted-types policy that the page's script may make. */
  readonly trustedTypes?: string;
  readonly status?: number;
}

/** Cookies of a person's choice, under the names that the sign-in pages know too (quality LG5); the application writes them as well. */
export const choiceCookies = { language: 'language', appearance: 'appearance' } as const;

/** Only paths of our own are come back to. */
export function readBack(value: unknown): string {
  return typeof value === 'string' && /^\/(?![/\\])[\x21-\x7e]*$/.test(value) && value.length < 2048 ? value : walletRoutes.landing;
}

/** Reads the visitor's choices and keeps a language chosen in the address. */
export function readVisitor(request: FastifyRequest, reply: FastifyReply): Visitor {
  const query = (request.query ?? {}) as Readonly<Record<string, unknown>>;
  const language = chooseLanguage({
    query: query.language,
    cookie: request.cookies[choiceCookies.language],
    header: request.headers['accept-language'],
  });
  if (query.language === language) keepChoice(reply, choiceCookies.language, language);
  const url = new URL(request.url, 'http://wallet.invalid');
  url.searchParams.delete('language');
  const back = request.method === 'GET' ? url.pathname + url.search : walletRoutes.landing;
  return { language, theme: readTheme(request.cookies[choiceCookies.appearance]), words: words[language], back: readBack(back) };
}

/** Readable by the browser application: it says nothing of a person. */
export function keepChoice(reply: FastifyReply, name: string, value: string): void {
  reply.setCookie(name, value, { path: '/', sameSite: 'lax', maxAge: 31_536_000 });
}

export function withLanguage(back: string, language: Language): string {
  return `${back}${back.includes('?') ? '&' : '?'}language=${language}`;
}

function footer({ words: { frame }, theme, back }: Visitor): Html {
  const { help } = walletRoutes;
  return html`<nav aria-label="${frame.about}"><ul>
    <li><a href="${help}">${frame.help}</a></li>
    <li><a href="${help}#accessibility">${frame.accessibility}</a></li>
    <li><a href="${help}#privacy">${frame.privacy}</a></li>
    <li><a href="${help}#about">${frame.aboutUs}</a></li>
  </ul></nav>${appearanceForm(frame.appearance, theme, applicationPaths.appearance, back)}`;
}

/** Sends a page of the wallet with its headers: never cached, because it carries the visitor's own form token. */
export function sendPage(reply: FastifyReply, options: WalletPage): FastifyReply {
  const { visitor, title, main, current, demo, formAction = [], scripts = [], trustedTypes, status = 200 } = options;
  const { frame } = visitor.words;
  const markup = page({
    title,
    language: visitor.language,
    theme: visitor.theme,
    assets: applicationPaths.look,
    brand: applicationPaths.stylesheet,
    arabicFont: true,
    skip: frame.skip,
    masthead: {
      home: walletRoutes.landing,
      placesLabel: frame.navigation,
      places: [
        { label: frame.documents, href: walletRoutes.landing, current: current === 'documents' },
        { label: frame.wallet, href: walletRoutes.application, current: current === 'wallet' },
        { label: frame.help, href: walletRoutes.help, current: current === 'help' },
      ],
      languages: languageLinks(frame.language, visitor.language, (language) => withLanguage(visitor.back, language)),
    },
    ...(demo ? { demo: html`<p>${frame.demo}</p>` } : {}),
    main,
    footer: footer(visitor),
    scripts,
  });
  return reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-language': visitor.language,
      'content-security-policy': contentSecurityPolicy({
        formAction,
        script: scripts.length > 0,
        ...(trustedTypes === undefined ? {} : { trustedTypes }),
      }),
      // With `no-referrer` a browser sends `Origin: null` with a form, and every form would look forged.
      'referrer-policy': 'same-origin',
    })
    .send(markup.markup);
}
