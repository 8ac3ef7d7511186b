import { type Html, html } from '../../lib/html.ts';
import { layout } from './layout.ts';
import { spanIn, timeIn } from './times.ts';
import type { MailboxView, PageContext } from './views.ts';
import { fill, wordsIn } from './words/words.ts';

/** The demo's mailbox: what would have been sent. Always labelled as a demonstration, never there in production. */
export function mailboxPage({ messages }: MailboxView, context: PageContext): Html {
  const { language, now } = context;
  const { mailbox } = wordsIn(language);
  // A code that works no more would only mislead.
  const good = messages.filter(({ endsAt }) => endsAt > now);
  const letter = (
    { to, code, sentAt, endsAt }: MailboxView['messages'][number],
    index: number,
  ) => html`<article class="letter stack stack--wide" aria-labelledby="letter-${index}">
    <dl class="letter-head"><dt>${mailbox.to}</dt><dd><bdi>${to}</bdi></dd><dt>${mailbox.sent}</dt><dd>${timeIn(language, sentAt)}</dd></dl>
    <h2 id="letter-${index}">${mailbox.message}</h2>
    <p class="big-code"><bdi>${code}</bdi></p>
    <p>${fill(mailbox.until, { span: spanIn(language, endsAt.getTime() - now.getTime()) })}</p>
  </article>`;
  const refresh = html`<a class="button button--second" href="${context.actionUrl}">${mailbox.refresh}</a>`;
  const main = html`<div class="page folio folio--plain"><div class="text stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${mailbox.title}</h1><p class="lede">${mailbox.lede}</p></div>
    ${good.length === 0 ? html`<section class="empty"><p>${mailbox.empty}</p>${refresh}</section>` : html`<p>${refresh}</p>${good.map(letter)}`}
  </div></div>`;
  return layout({ title: mailbox.title, context, main, form: false });
}
