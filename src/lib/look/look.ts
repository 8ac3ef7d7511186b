import { type Html, html, trustedHtml } from '../html.ts';
import { directionOf, type Language, languageNames, languages } from '../language.ts';
import { icon } from './icons.ts';

export { mountLook } from './assets.ts';
export { brandStylesheet } from './brand.ts';
export { icon } from './icons.ts';

export type Theme = 'automatic' | 'light' | 'dark';

export interface Place {
  readonly label: string;
  readonly href: string;
  readonly current?: boolean;
}

export interface PageOptions {
  readonly title: string;
  readonly language: Language;
  readonly theme: Theme;
  /** URL prefix of the look's files. */
  readonly assets: string;
  /** A stylesheet with the authorities' colours. */
  readonly brand?: string;
  readonly masthead: { readonly home: string; readonly places?: readonly Place[]; readonly placesLabel?: string; readonly languages: Html };
  readonly demo?: Html;
  readonly main: Html;
  readonly footer: Html;
  readonly scripts?: readonly string[];
  readonly bodyClass?: string;
  readonly skip?: string;
  /** Whether the record's own font for Arabic is worth its weight where Arabic is shown: on wallet pages, not on sign-in. */
  readonly arabicFont?: boolean;
}

export function readTheme(value: unknown): Theme {
  return value === 'light' || value === 'dark' ? value : 'automatic';
}

function masthead({ home, places = [], placesLabel = '', languages: menu }: PageOptions['masthead'], assets: string): Html {
  return html`<div class="masthead">
    <a class="wordmark" href="${home}" lang="en"><img src="${assets}/seal.svg" alt="" width="44" height="44" />Chancery</a>
    ${places.length > 0 && html`<nav class="places" aria-label="${placesLabel}">${places.map(({ label, href, current }) => html`<a href="${href}"${current ? trustedHtml(' aria-current="page"') : ''}>${label}</a>`)}</nav>`}
    ${menu}
  </div>`;
}

/** A whole page in the look of the product: masthead, what it is about, foot. Strings are escaped by `html`. */
export function page(options: PageOptions): Html {
  const {
    title,
    language,
    theme,
    assets,
    brand,
    demo,
    main,
    footer,
    scripts = [],
    bodyClass,
    skip = 'Skip to content',
    arabicFont = false,
  } = options;
  const themed = theme === 'automatic' ? '' : trustedHtml(` data-theme="${theme}"`);
  return html`${trustedHtml('<!doctype html>')}
<html lang="${language}" dir="${directionOf(language)}"${themed}>
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>${title} · Chancery</title>
    <link rel="icon" href="${assets}/favicon.svg" type="image/svg+xml" />
    <link rel="stylesheet" href="${assets}/tokens.css" />
    <link rel="stylesheet" href="${assets}/fonts.css" />
    ${arabicFont && html`<link rel="stylesheet" href="${assets}/fonts-ar.css" />`}
    <link rel="stylesheet" href="${assets}/chancery.css" />
    ${brand !== undefined && html`<link rel="stylesheet" href="${brand}" />`}
    ${scripts.map((script) => html`<script type="module" src="${script}"></script>`)}
  </head>
  <body${bodyClass ? html` class="${bodyClass}"` : ''}>
    <a class="skip" href="#main">${skip}</a>
    <header class="masthead-wrap">${demo !== undefined && html`<div class="demo">${demo}</div>`}${masthead(options.masthead, assets)}</header>
    <main id="main" tabindex="-1">${main}</main>
    <footer class="colophon-wrap"><div class="colophon">${footer}</div></footer>
  </body>
</html>`;
}

function languageSummary(label: string, current: Language): Html {
  return html`<summary>${icon('language')}<span class="only-heard">${label}: </span>${languageNames[current]}</summary>`;
}

/** The language menu where nothing has been typed yet: links, each in its own language. */
export function languageLinks(label: string, current: Language, hrefOf: (language: Language) => string): Html {
  const entry = (language: Language) =>
    html`<li><a href="${hrefOf(language)}" lang="${language}" hreflang="${language}"${language === current ? trustedHtml(' aria-current="true"') : ''}>${languageNames[language]}</a></li>`;
  return html`<details class="language">${languageSummary(label, current)}<ul>${languages.map(entry)}</ul></details>`;
}

/** The language menu beside a form: buttons that submit it, so that what was typed is kept. */
export function languageButtons(label: string, current: Language, formId: string): Html {
  const entry = (language: Language) =>
    html`<li><button form="${formId}" name="language" value="${language}" lang="${language}" formnovalidate${language === current ? trustedHtml(' aria-current="true"') : ''}>${languageNames[language]}</button></li>`;
  return html`<details class="language">${languageSummary(label, current)}<ul>${languages.map(entry)}</ul></details>`;
}

export interface AppearanceWords {
  readonly label: string;
  readonly automatic: string;
  readonly light: string;
  readonly dark: string;
}

/** Automatic, light or dark, as a form that needs no script. */
export function appearanceForm(words: AppearanceWords, current: Theme, action: string, back: string): Html {
  const choice = (theme: Theme) =>
    html`<button name="appearance" value="${theme}" aria-pressed="${theme === current ? 'true' : 'false'}">${words[theme]}</button>`;
  return html`<form class="appearance" method="post" action="${action}">
    <input type="hidden" name="back" value="${back}" />
    <span id="look">${words.label}</span>
    <div role="group" aria-labelledby="look">${(['automatic', 'light', 'dark'] as const).map(choice)}</div>
  </form>`;
}
