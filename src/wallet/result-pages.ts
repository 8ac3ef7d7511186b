import { type Html, html } from '../lib/html.ts';
import type { Refusal } from '../oauth/refusal.ts';
import { walletRoutes } from '../routes.ts';
import { startFields } from './landing.ts';
import { faultCodeOf } from './wallet-fault.ts';
import type { Visitor } from './wallet-page.ts';

export interface StoppedView {
  readonly visitor: Visitor;
  readonly csrf: string;
  readonly issuer: string;
  readonly configurationId: string;
  readonly office: string;
  readonly document: string;
}

/** Neutral: whoever stops has done nothing wrong, and can go on (quality EP5). */
export function stoppedPage(view: StoppedView): Html {
  const { stopped } = view.visitor.words;
  return html`<div class="page folio folio--plain"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${stopped.heading}</h1><p class="lede">${stopped.text(view.document, view.office)}</p></div>
    <form class="choices" method="post" action="${walletRoutes.start}">
      ${startFields(view.csrf, view)}
      <button class="button">${stopped.again(view.document)}</button>
      <a class="button button--second" href="${walletRoutes.landing}">${stopped.back}</a>
    </form>
  </div></div>`;
}

export interface FaultView {
  readonly visitor: Visitor;
  readonly refusal: Refusal;
  readonly reference: string;
  readonly time: Date;
}

/** After these, beginning again would end the same way: what helps is to look what there is. */
const notAgain: readonly string[] = [
  'not_found',
  'unknown_document',
  'unknown_office',
  'bad_invitation',
  'unsupported_invitation',
  'no_record',
];

/** Cause, what to do next, a reference to read aloud (quality EP1 to EP3). */
export function faultPage({ visitor: { words }, refusal, reference, time }: FaultView): Html {
  const code = refusal.status === 404 && refusal.error === 'not_found' ? 'not_found' : faultCodeOf(refusal);
  const fault = words.faults[code];
  const { frame, wayOn } = words;
  return html`<div class="page folio folio--plain"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${fault.heading}</h1><p class="lede">${fault.text}</p></div>
    <p class="choices"><a class="button" href="${walletRoutes.landing}">${notAgain.includes(code) ? wayOn.documents : wayOn.again}</a>
      <a class="button button--second" href="${walletRoutes.application}">${wayOn.wallet}</a></p>
    <div class="reference"><p class="aside">${frame.reference}</p><p class="code">${reference}</p><p class="aside">${frame.referenceHint}</p></div>
    <details class="folded"><summary>${frame.technical}</summary><dl dir="ltr" lang="en">
      <dt>Reason</dt><dd>${refusal.error}</dd><dt>Status</dt><dd>${refusal.status}</dd><dt>Time</dt><dd>${time.toISOString()}</dd>
    </dl></details>
  </div></div>`;
}

/** Questions that owners ask, on one page; the margin lists them. */
export function helpPage({ words: { help } }: Visitor): Html {
  return html`<div class="page folio">
    <nav class="margin contents" aria-label="${help.title}"><ul>${help.sections.map(({ id, heading }) => html`<li><a href="#${id}">${heading}</a></li>`)}</ul></nav>
    <div class="text stack stack--wide"><h1 tabindex="-1">${help.title}</h1>
      ${help.sections.map(({ id, heading, text }) => html`<section class="stack" aria-labelledby="${id}"><h2 id="${id}">${heading}</h2><p>${text}</p></section>`)}
    </div>
  </div>`;
}
