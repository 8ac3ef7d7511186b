import { type Html, html } from '../../lib/html.ts';
import { icon } from '../../lib/look/look.ts';
import { emblem, folio, formId, hiddenFields, layout } from './layout.ts';
import { spanIn } from './times.ts';
import type { ConsentClaim, ConsentView, PageContext } from './views.ts';
import { fill, type Words, wordsIn } from './words/words.ts';

/** A mask is for the eye; beside it stands what is known, for those who listen. */
function masked(words: Words, { masked: shown, heard }: NonNullable<ConsentClaim['value']>): Html {
  if (heard === 'open') return html`<bdi>${shown}</bdi>`;
  // A date runs as the page does, a number from left to right: dots have no direction of their own.
  const hidden = heard === 'year' ? shown : heard === 'last3' ? html`<bdi dir="ltr">${shown}</bdi>` : html`<bdi>${shown}</bdi>`;
  return html`<span class="mask" aria-hidden="true">${hidden}</span><span class="only-heard">${words.consent.heard[heard]}</span>`;
}

function claimRows(words: Words, label: string, claims: readonly ConsentClaim[], locked: boolean): Html | undefined {
  if (claims.length === 0) return undefined;
  const row = (claim: ConsentClaim) =>
    html`<div><dt>${claim.label}</dt><dd>${claim.value ? masked(words, claim.value) : html`<span class="aside">${words.consent.notShown}</span>`}</dd></div>`;
  return html`<p class="deed-label">${locked && icon('lock')}${label}</p><dl class="details">${claims.map(row)}</dl>`;
}

function deed(words: Words, view: ConsentView, basePath: string): Html {
  const { consent } = words;
  const { purpose, walletName, whose } = view;
  const born = whose?.birthYear ? html` <span class="aside born">${fill(consent.bornIn, { year: whose.birthYear })}</span>` : undefined;
  const party = (label: string, name: string, picture: Html, note?: string) =>
    html`<li class="party">${picture}<div><p class="aside">${label}</p><p class="record">${name}</p>${note !== undefined && html`<p class="aside">${note}</p>`}</div></li>`;
  const seal = html`<span class="emblem emblem--small emblem--bare"><img src="${basePath}/assets/look/seal.svg" alt="" /></span>`;
  return html`<div class="deed deed--brand ${view.brand ?? ''}">
    <ul class="parties">${party(consent.from, purpose.issuerName, emblem(purpose, true))}${party(consent.to, walletName, seal, consent.device)}</ul>
    <div class="indent"></div>
    <div class="whose">
      <div>${whose && html`<p class="aside">${consent.whose}</p><p class="record">${masked(words, { masked: whose.masked, heard: 'initials' })}${born}</p>`}</div>
      <button class="link-button" name="action" value="restart">${consent.notMe}</button>
    </div>
  </div>`;
}

function documentSection(words: Words, document: ConsentView['documents'][number], index: number): Html {
  const { consent } = words;
  const always = document.claims.filter(({ mandatory }) => mandatory);
  const others = document.claims.filter(({ mandatory }) => !mandatory);
  const reason = (term: string, text: string | undefined) => text !== undefined && html`<div><dt>${term}</dt><dd>${text}</dd></div>`;
  return html`<section class="stack" aria-labelledby="what-${index}">
      <h2 id="what-${index}">${consent.what}</h2>
      <div class="deed">${claimRows(words, consent.always, always, true)}${claimRows(words, consent.ifKnown, others, false)}</div>
    </section>
    <dl class="why">${reason(consent.why, document.why)}${reason(consent.keeps, document.retention)}${reason(consent.walletKeeps, consent.walletKeepsText)}</dl>`;
}

/** Who gives what to whom, before anything is made. Allow and don't allow have the same size. */
export function consentPage(view: ConsentView, context: PageContext): Html {
  const words = wordsIn(context.language);
  const { consent } = words;
  const { purpose, walletName, documents, until } = view;
  const heading = purpose.documentName
    ? fill(consent.heading, { issuer: purpose.issuerName, document: words.inSentence(purpose.documentName) })
    : fill(consent.plainHeading, { wallet: walletName });
  const span = spanIn(context.language, until.getTime() - context.now.getTime());
  const text = html`<h1 tabindex="-1">${heading}</h1>
    <form class="stack stack--wide" id="${formId}" method="post" action="${context.actionUrl}">
      ${hiddenFields(context, 'consent')}<input type="hidden" name="decision" value="${view.decision}" />
      ${deed(words, view, context.basePath)}
      ${documents.map((document, index) => documentSection(words, document, index))}
      <div class="stack">
        <p class="choices">
          <button class="button" name="action" value="allow">${purpose.documentName ? consent.allow : consent.allowPlain}</button>
          <button class="button button--second" name="action" value="deny">${consent.deny}</button>
        </p>
        <p class="aside">${consent.nothing}</p>
        <p class="row aside">${icon('clock')}<span>${fill(consent.until, { span })}</span></p>
      </div>
    </form>`;
  return layout({ title: consent.title, context, main: folio(words, purpose, 'allow', text), form: true });
}
