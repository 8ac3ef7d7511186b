import { type Html, html, trustedHtml } from '../lib/html.ts';
import { digitsIn } from '../lib/language.ts';
import { icon } from '../lib/look/look.ts';
import { walletRoutes } from '../routes.ts';
import { applicationPaths } from './application-paths.ts';
import type { Catalogue, CatalogueEntry, CatalogueOffice } from './catalogue.ts';
import type { Visitor } from './wallet-page.ts';

export interface LandingView {
  readonly visitor: Visitor;
  readonly csrf: string;
  readonly catalogue: Catalogue;
  readonly query: string;
  readonly category: string | undefined;
  /** Some configured office did not answer and was never heard. */
  readonly incomplete: boolean;
}

type CategoryIcon = Parameters<typeof icon>[0];
const categoryIcons: Readonly<Record<string, CategoryIcon>> = {
  identity: 'identity',
  driving: 'driving',
  home: 'home',
  land: 'land',
  study: 'study',
};

/** The sign of a sort of document. */
export const categoryIcon = (category: string | undefined): Html => icon(categoryIcons[category ?? ''] ?? 'document');

/** The sign of an authority on its own white medallion; its first letter when it gives none. */
export function emblemOf({ name, appearance }: Pick<CatalogueOffice, 'name' | 'appearance'>, size = ''): Html {
  return html`<span class="emblem ${size}">${
    appearance.emblem === null
      ? html`<span class="letter-mark" aria-hidden="true">${[...name][0] ?? ''}</span>`
      : html`<img src="${appearance.emblem}" alt="" />`
  }</span>`;
}

/** The fields by which a form begins to get one document. */
export function startFields(csrf: string, wish: { readonly issuer: string; readonly configurationId: string }): Html {
  return html`<input type="hidden" name="csrf" value="${csrf}" />
    <input type="hidden" name="issuer" value="${wish.issuer}" />
    <input type="hidden" name="configuration" value="${wish.configurationId}" />`;
}

function leaf(entry: CatalogueEntry, { visitor: { words }, csrf }: LandingView): Html {
  return html`<li class="leaf">
    <span class="spine">${categoryIcon(entry.category)}</span>
    <form class="leaf-form" method="post" action="${walletRoutes.start}">
      ${startFields(csrf, entry)}
      <div class="leaf-text">
        <h3><button>${entry.name}</button></h3>
        <p>${entry.description}</p>
        <p class="leaf-foot"><span>${words.landing.duration}</span
          ><span class="go" aria-hidden="true">${words.landing.get}${icon('forward', { turns: true })}</span></p>
      </div>
    </form>
  </li>`;
}

function office(entry: CatalogueOffice, index: number, view: LandingView): Html {
  const { words, language } = view.visitor;
  const count = entry.entries.length;
  return html`<section class="office ${entry.appearance.brand}" aria-labelledby="office-${index}">
    <header class="office-head">
      ${emblemOf(entry, 'emblem--large')}
      <div>
        <h2 id="office-${index}">${entry.name}</h2>
        <p>${words.landing.count(count, digitsIn(language, count))}</p>
      </div>
    </header>
    <ul class="leaves">${entry.entries.map((document) => leaf(document, view))}</ul>
  </section>`;
}

function addressOf(query: string, category: string | undefined): string {
  const parameters = new URLSearchParams({ ...(query ? { q: query } : {}), ...(category ? { category } : {}) }).toString();
  return `${walletRoutes.landing}${parameters ? `?${parameters}` : ''}#catalogue`;
}

function categories({ visitor: { words, language }, catalogue, query, category }: LandingView): Html | false {
  if (catalogue.matching === 0) return false;
  const entry = (id: string | undefined, name: string, count: number) =>
    html`<li><a href="${addressOf(query, id)}"${id === category ? trustedHtml(' aria-current="true"') : ''}>${name} <span>${digitsIn(language, count)}</span></a></li>`;
  return html`<nav aria-label="${words.landing.categories}"><ul class="categories">
    ${entry(undefined, words.landing.all, catalogue.matching)}
    ${catalogue.categories.map(({ id, name, count }) => entry(id, name, count))}
  </ul></nav>`;
}

function found({ visitor: { words, language }, catalogue, query }: LandingView): Html {
  const { landing } = words;
  if (catalogue.shown === 0 && catalogue.total > 0)
    return html`<section class="empty" aria-labelledby="none"><h2 id="none">${landing.nothing(query)}</h2><p>${landing.nothingHint}</p>
      <a class="button" href="${walletRoutes.landing}">${landing.showAll}</a></section>`;
  if (query === '') return html``;
  return html`<p class="row found" role="status"><span>${landing.found(catalogue.shown, digitsIn(language, catalogue.shown), query)}</span>
    <a href="${walletRoutes.landing}">${landing.showAll}</a></p>`;
}

function silence({ visitor: { words }, incomplete }: LandingView): Html | false {
  return (
    incomplete &&
    html`<div class="notice notice--caution">${icon('warning')}<strong>${words.landing.silent}</strong>
      <p>${words.landing.silentHint}</p><p><a href="${walletRoutes.landing}">${words.landing.again}</a></p></div>`
  );
}

function invite({ visitor: { words }, csrf }: LandingView): Html {
  const { landing } = words;
  return html`<section class="panel panel--invite" aria-labelledby="inv">
    <div class="stack"><h2 id="inv">${landing.inviteHeading}</h2><p>${landing.inviteText}</p></div>
    <form method="post" action="${walletRoutes.offer}">
      <input type="hidden" name="csrf" value="${csrf}" />
      <label class="label" for="invitation">${landing.inviteLabel}</label>
      <div class="join join--stacks">
        <input class="input" id="invitation" name="invitation" autocomplete="off" spellcheck="false" dir="ltr" required maxlength="16000" />
        <button class="button button--second">${landing.inviteAct}</button>
      </div>
    </form>
  </section>`;
}

/** Walk step 1: what can be got, from whom; works without a script. */
export function landingPage(view: LandingView): Html {
  const { landing } = view.visitor.words;
  return html`<section class="hero"><div class="hero-inner">
      <div class="rosette"></div>
      <img class="rosette-seal" src="${applicationPaths.look}/seal.svg" alt="" />
      <h1>${landing.heading}</h1>
      <p class="lede">${landing.lede}</p>
      <form class="search" role="search" action="${walletRoutes.landing}#catalogue">
        <label class="label" for="q">${landing.search}</label>
        <div class="join">
          <input class="input" id="q" name="q" type="search" autocomplete="off" maxlength="200" value="${view.query}" /><button class="button">${landing.searchAct}</button>
        </div>
      </form>
    </div></section>
    <div class="page" id="catalogue">
      ${categories(view)}
      <div class="stack">${silence(view)}${found(view)}</div>
      <div>${view.catalogue.offices.map((entry, index) => office(entry, index, view))}</div>
      ${invite(view)}
    </div>`;
}
