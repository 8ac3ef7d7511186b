import { type Html, html } from '../../lib/html.ts';
import { layout } from './layout.ts';
import type { ErrorView, PageContext } from './views.ts';
import { wordsIn } from './words/words.ts';

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

/** What happened, until when, what to do now, and a reference to read aloud (quality EP1 to EP5). */
export function errorPage(view: ErrorView, context: PageContext, code?: string): Html {
  const { error } = wordsIn(context.language);
  const { title, text, todo } = error.kinds[view.kind];
  const time = (until: Date) =>
    until.toLocaleString(context.language, { hour: '2-digit', minute: '2-digit', timeZone: 'UTC', timeZoneName: 'short' });
  const main = html`<div class="page"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${title}</h1><p class="lede">${text}</p></div>
    ${'until' in view && html`<p class="until"><time datetime="${view.until.toISOString()}">${time(view.until)}</time></p>`}
    <section class="stack" aria-labelledby="do"><h2 id="do">${error.todo}</h2><ol class="todo"><li><p>${todo}</p></li></ol></section>
    ${
      view.kind !== 'declined' &&
      html`<div class="reference"><p class="aside">${error.reference}</p><p class="code"><bdi>${context.reference}</bdi></p><p class="aside">${error.referenceNote}</p></div>
    <details class="folded"><summary>${error.details}</summary><dl><dt>error</dt><dd><bdi>${code ?? view.kind}</bdi></dd><dt>status</dt><dd>${errorStatus[view.kind]}</dd></dl></details>`
    }
  </div></div>`;
  return layout({ title, context, main, form: false });
}
