import { type Html, html, trustedHtml } from '../../lib/html.ts';
import { appearanceForm, icon, languageButtons, languageLinks, page } from '../../lib/look/look.ts';
import { under, walletRoutes } from '../../routes.ts';
import type { PageContext, Purpose } from './views.ts';
import { fill, type Words, wordsIn } from './words/words.ts';

export type Step = 'sign-in' | 'allow';

/** The form that language buttons submit, so that what was typed is kept. */
export const formId = 'answer';

export interface LayoutOptions {
  readonly title: string;
  readonly context: PageContext;
  readonly main: Html;
  /** Whether the page has a form with the person's answers. */
  readonly form: boolean;
}

function demoBanner(words: Words, { basePath, tryWith }: PageContext): Html {
  const { title, mailbox, mailboxLink, end } = words.demo;
  const [before, after] = words.demo.tryWith.split('{number}');
  const number = tryWith !== undefined && html` ${before}<bdi dir="ltr">${tryWith}</bdi>${after}`;
  return html`<p><strong>${title}</strong> ${mailbox} <a href="${basePath}/mailbox" target="_blank" rel="noopener">${mailboxLink}</a>. ${end}${number}</p>`;
}

/** Help stands at the same place as in the wallet (quality AX5); beside a sign-in, so that its answers stay. */
function footer(words: Words, { theme, basePath, actionUrl, wallet, csrf }: PageContext): Html {
  const appearance = appearanceForm(words.appearance, theme, `${basePath}/appearance`, actionUrl);
  if (wallet === undefined) return appearance;
  const { label, help, accessibility, privacy, about } = words.foot;
  const address = under(wallet, walletRoutes.help).href;
  const target = csrf === '' ? '' : trustedHtml(' target="_blank" rel="noopener"');
  const link = (anchor: string, text: string) => html`<li><a href="${address}${anchor}"${target}>${text}</a></li>`;
  const links = [link('', help), link('#accessibility', accessibility), link('#privacy', privacy), link('#about', about)];
  return html`<nav aria-label="${label}"><ul>${links}</ul></nav>${appearance}`;
}

export function layout({ title, context, main, form }: LayoutOptions): Html {
  const { language, theme, basePath, actionUrl, demo, wallet } = context;
  const words = wordsIn(language);
  const menu = form
    ? languageButtons(words.language, language, formId)
    : languageLinks(words.language, language, (wanted) => `${actionUrl}?language=${wanted}`);
  return page({
    title,
    language,
    theme,
    assets: `${basePath}/assets/look`,
    brand: `${basePath}/assets/brands.css`,
    masthead: { home: wallet ?? actionUrl, languages: menu },
    ...(demo ? { demo: demoBanner(words, context) } : {}),
    main,
    footer: footer(words, context),
    skip: words.skip,
  });
}

function steps(words: Words, current: Step): Html {
  const { margin } = words;
  const done = current === 'allow';
  const mark = trustedHtml('<span class="mark"></span>');
  return html`<ol class="steps" aria-label="${margin.steps}">
    <li${trustedHtml(done ? ' class="done"' : ' aria-current="step"')}>${mark}${margin.signIn}</li>
    <li${trustedHtml(done ? ' aria-current="step"' : '')}>${mark}${margin.allow}</li>
    <li>${mark}${margin.sealing}</li>
    <li>${mark}${margin.document}</li>
  </ol>`;
}

export function emblem(purpose: Purpose, small = false): Html {
  const size = small ? trustedHtml(' emblem--small') : '';
  const first = [...purpose.issuerName][0] ?? '';
  return purpose.issuerLogo
    ? html`<span class="emblem${size}"><img src="${purpose.issuerLogo}" alt="" /></span>`
    : html`<span class="emblem${size}" aria-hidden="true"><span class="letter-mark">${first}</span></span>`;
}

/** The folio: who and where in the margin, the act in the text column. */
export function folio(words: Words, purpose: Purpose, current: Step, text: Html): Html {
  if (!purpose.documentName) return html`<div class="page folio folio--plain"><div class="text stack stack--wide">${text}</div></div>`;
  return html`<div class="page folio">
    <aside class="margin stack stack--wide" aria-label="${words.margin.getting}">
      <div class="asks">
        <p class="aside">${words.margin.getting}</p>
        <div class="row row--holds">${emblem(purpose)}<div><p class="record">${purpose.documentName}</p><p class="aside">${fill(words.margin.from, { issuer: purpose.issuerName })}</p></div></div>
      </div>
      ${steps(words, current)}
    </aside>
    <div class="text stack stack--wide">${text}</div>
  </div>`;
}

export interface FieldOptions {
  readonly name: string;
  readonly label: string;
  readonly hint?: string;
  readonly value?: string;
  readonly fault?: string;
  readonly type?: 'text' | 'password';
  readonly autocomplete: string;
  readonly numeric?: boolean;
  /** Numbers are written from left to right in every language. */
  readonly direction?: 'ltr';
  readonly className?: string;
}

/** Label, hint, fault, control, in this order; the control says by which of them it is described. */
export function field(options: FieldOptions): Html {
  const { name, label, hint, value = '', fault, type = 'text', autocomplete, numeric = false, direction, className = 'input' } = options;
  const described = [...(fault ? [`${name}-fault`] : []), ...(hint ? [`${name}-hint`] : [])].join(' ');
  const ltr = numeric ? trustedHtml(' inputmode="numeric" dir="ltr"') : direction ? trustedHtml(' dir="ltr"') : '';
  return html`<div class="field${fault ? trustedHtml(' field--fault') : ''}">
    <label for="${name}">${label}</label>
    ${hint !== undefined && html`<p class="hint" id="${name}-hint">${hint}</p>`}
    ${fault !== undefined && html`<p class="fault" id="${name}-fault">${icon('warning')}<span>${fault}</span></p>`}
    <input class="${className}" id="${name}" name="${name}" type="${type}" autocomplete="${autocomplete}" value="${type === 'password' ? '' : value}"${ltr}${described ? html` aria-describedby="${described}"` : ''}${fault ? trustedHtml(' aria-invalid="true"') : ''} />
  </div>`;
}

export interface FaultSummary {
  readonly title?: string;
  readonly sentence: string;
  /** The field that the sentence leads to. */
  readonly target: string;
  readonly more?: string;
}

/** What is wrong, at the top of the page, where the focus lands. */
export function faultSummary(words: Words, summary: FaultSummary): Html {
  const { title = words.fault.title, sentence, target, more } = summary;
  return html`<div class="notice notice--fault" role="alert" aria-labelledby="fault-title">
    ${icon('warning')}<h2 id="fault-title" tabindex="-1" autofocus>${title}</h2>
    <p><a href="#${target}">${sentence}</a></p>
    ${more !== undefined && html`<p>${more}</p>`}
  </div>`;
}

export function hiddenFields(context: PageContext, stage: string): Html {
  return html`<input type="hidden" name="csrf" value="${context.csrf}" /><input type="hidden" name="stage" value="${stage}" />`;
}
