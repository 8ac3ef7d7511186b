import { type Html, html } from '../../lib/html.ts';
import { hiddenFields, layout } from './layout.ts';
import { timeIn, waitIn } from './times.ts';
import type { ErrorView, PageContext } from './views.ts';
import { type Words, wordsIn } from './words/words.ts';

/** Which status tells the truth about each page (quality EP4). */
export const errorStatus: Readonly<Record<ErrorView['kind'], number>> = {
  locked: 403,
  busy: 429,
  expired: 400,
  'unknown-client': 400,
  'invalid-request': 400,
  unavailable: 503,
  'not-found': 404,
  forbidden: 403,
  declined: 200,
  failed: 500,
};

/** When a try is possible again: how long that is, and at what time of our clock. */
function untilWhen(words: Words, until: Date, { language, now }: PageContext): Html {
  return html`<div><p class="label">${words.error.from}</p>
      <p class="until"><time datetime="${until.toISOString()}">${waitIn(language, until.getTime() - now.getTime())}</time></p>
      <p class="aside">${timeIn(language, until)}</p></div>`;
}

/** Ways on within a sign-in: the page of its step, another identity number, or back to where the person came from. */
function waysOn(words: Words, kind: ErrorView['kind'], context: PageContext): Html | undefined {
  const { error, signIn } = words;
  const { csrf, actionUrl, wallet } = context;
  if (csrf === '')
    return wallet === undefined ? undefined : html`<p class="choices"><a class="button" href="${wallet}">${error.back}</a></p>`;
  const first =
    kind === 'busy'
      ? html`<a class="button" href="${actionUrl}">${error.retry}</a>`
      : html`<button class="button" name="action" value="restart">${kind === 'locked' ? error.otherNumber : error.again}</button>`;
  return html`<form class="choices" method="post" action="${actionUrl}">${hiddenFields(context, 'error')}
    ${first}<button class="button button--second" name="action" value="cancel">${signIn.stop}</button></form>`;
}

/** What happened, until when, what to do now, and a reference to read aloud (quality EP1 to EP5). */
export function errorPage(view: ErrorView, context: PageContext, code?: string): Html {
  const words = wordsIn(context.language);
  const { error } = words;
  const { title, text, todo } = error.kinds[view.kind];
  const main = html`<div class="page folio folio--plain"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${title}</h1><p class="lede">${text}</p></div>
    ${'until' in view && untilWhen(words, view.until, context)}
    <section class="stack" aria-labelledby="do"><h2 id="do">${error.todo}</h2><p>${todo}</p>${waysOn(words, view.kind, context)}</section>
    ${
      view.kind !== 'declined' &&
      html`<div class="reference"><p class="aside">${error.reference}</p><p class="code"><bdi>${context.reference}</bdi></p><p class="aside">${error.referenceNote}</p></div>
    <details class="folded"><summary>${error.details}</summary><dl dir="ltr" lang="en"><dt>error</dt><dd><bdi>${code ?? view.kind}</bdi></dd><dt>status</dt><dd>${errorStatus[view.kind]}</dd></dl></details>`
    }
  </div></div>`;
  return layout({ title, context, main, form: false });
}
