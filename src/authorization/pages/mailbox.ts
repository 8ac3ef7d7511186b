import { type Html, html } from '../../lib/html.ts';
import { layout } from './layout.ts';
import type { MailboxView, PageContext } from './views.ts';
import { fill, wordsIn } from './words/words.ts';

/** The demo's mailbox: what would have been sent. Always labelled as a demonstration, never there in production. */
export function mailboxPage({ messages }: MailboxView, context: PageContext): Html {
  const { mailbox } = wordsIn(context.language);
  const time = (date: Date) =>
    date.toLocaleTimeString(context.language, {
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      timeZone: 'UTC',
      timeZoneName: 'short',
    });
  const letter = (
    { to, code, sentAt, endsAt }: MailboxView['messages'][number],
    index: number,
  ) => html`<article class="letter stack stack--wide" aria-labelledby="letter-${index}">
    <dl class="letter-head"><dt>${mailbox.to}</dt><dd><bdi>${to}</bdi></dd><dt>${mailbox.sent}</dt><dd>${time(sentAt)}</dd></dl>
    <h2 id="letter-${index}">${mailbox.message}</h2>
    <p class="big-code"><bdi>${code}</bdi></p>
    <p>${fill(mailbox.until, { time: time(endsAt) })}</p>
  </article>`;
  const main = html`<div class="page stack stack--wide">
    <div class="stack"><h1 tabindex="-1">${mailbox.title}</h1><p class="lede">${mailbox.lede}</p></div>
    <p class="row"><a class="button button--second" href="${context.actionUrl}">${mailbox.refresh}</a></p>
    ${messages.length === 0 ? html`<p>${mailbox.empty}</p>` : messages.map(letter)}
  </div>`;
  return layout({ title: mailbox.title, context, main, form: false });
}
