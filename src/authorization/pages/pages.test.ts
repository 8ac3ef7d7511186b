import assert from 'node:assert/strict';
import { test } from 'node:test';
import { errorPage } from './error.ts';
import { mailboxPage } from './mailbox.ts';
import { spanIn, timeIn, waitIn } from './times.ts';
import type { PageContext } from './views.ts';

const now = new Date('2026-11-24T12:00:00Z');
const inMinutes = (minutes: number) => new Date(now.getTime() + minutes * 60_000);
const context: PageContext = {
  language: 'en',
  theme: 'automatic',
  basePath: '/authorization',
  actionUrl: '/authorization/interaction/u',
  csrf: 'token',
  now,
  demo: true,
  reference: 'K7QF-2M9D',
  wallet: 'https://wallet.example/',
};

test('quality LG2: times are told as lengths, in the words and digits of the language, and never too short', () => {
  assert.equal(spanIn('en', 14 * 60_000 + 1), '15 minutes');
  assert.equal(spanIn('en', 0), '1 minute');
  assert.equal(waitIn('en', 30 * 60_000), 'in 30 minutes');
  assert.equal(waitIn('en', 119 * 60_000 + 1), 'in 2 hours');
  assert.match(spanIn('ar', 15 * 60_000), /^١٥ /);
  assert.equal(timeIn('en', now), '12:00 UTC');
});

test('quality EP3: within a sign-in every error page leads on and back; elsewhere it leads to the documents', () => {
  for (const kind of ['expired', 'unavailable', 'failed', 'forbidden'] as const) {
    assert.match(errorPage({ kind }, context).markup, /value="restart".*value="cancel"/s, kind);
    const outside = errorPage({ kind }, { ...context, csrf: '' }).markup;
    assert.match(outside, /<a class="button" href="https:\/\/wallet\.example\/">/, kind);
    assert.doesNotMatch(outside, /name="action"/);
  }
  assert.match(errorPage({ kind: 'busy', until: inMinutes(1) }, context).markup, /href="\/authorization\/interaction\/u"[^>]*>Try again/);
});

test('a code that works no more is not shown in the mailbox, so that nobody tries it', () => {
  const message = (code: string, minutes: number) => ({ to: 'a@mail.example', code, sentAt: now, endsAt: inMinutes(minutes) });
  const { markup } = mailboxPage({ messages: [message('111111', 5), message('222222', 0)] }, context);
  assert.match(markup, /111111/);
  assert.doesNotMatch(markup, /222222/);
});
