import { words } from '../words/catalogues.ts';
import { localeOf } from '../words/digits.ts';
import type { Words, WordsLanguage } from '../words/words.ts';

/** The language of this visit, and how it writes. */
export interface Speech {
  readonly language: WordsLanguage;
  readonly words: Words;
  date(text: string): string;
  time(text: string): string;
  number(value: number): string;
}

function writeDate(locale: string, text: string): string {
  const parts = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?/.exec(text);
  if (!parts) return text;
  const [, year, month, day] = parts;
  const date = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)));
  // A year or month alone is a whole date for whoever knows no day (quality LG7).
  const shape: Intl.DateTimeFormatOptions = { year: 'numeric', ...(month ? { month: 'long' } : {}), ...(day ? { day: 'numeric' } : {}) };
  return new Intl.DateTimeFormat(locale, { ...shape, timeZone: 'UTC', calendar: 'gregory' }).format(date);
}

function isLanguage(tag: string): tag is WordsLanguage {
  return Object.hasOwn(words, tag);
}

export function speechIn(tag: string): Speech {
  const language = isLanguage(tag) ? tag : 'en';
  const locale = language === 'en' ? 'en-GB' : localeOf(language);
  return {
    language,
    words: words[language],
    date: (text) => writeDate(locale, text),
    time: (text) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(new Date(text)),
    // Without groups: a number on a document may be a year or a count, and is written as on record.
    number: (value) => new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 20 }).format(value),
  };
}
