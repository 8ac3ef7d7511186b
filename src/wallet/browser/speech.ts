import { dateIn, directionOf, localeOf } from '../../lib/language.ts';
import { words } from '../words/catalogues.ts';
import type { Words, WordsLanguage } from '../words/words.ts';

/** The language of this visit, and how it writes. */
export interface Speech {
  readonly language: WordsLanguage;
  readonly direction: 'ltr' | 'rtl';
  readonly words: Words;
  date(text: string): string;
  time(text: string): string;
  number(value: number): string;
}

function isLanguage(tag: string): tag is WordsLanguage {
  return Object.hasOwn(words, tag);
}

export function speechIn(tag: string): Speech {
  const language = isLanguage(tag) ? tag : 'en';
  const locale = localeOf(language);
  return {
    language,
    direction: directionOf(language),
    words: words[language],
    date: (text) => dateIn(language, text),
    time: (text) => new Intl.DateTimeFormat(locale, { timeStyle: 'medium' }).format(new Date(text)),
    // Without groups: a number on a document may be a year or a count, and is written as on record.
    number: (value) => new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: 20 }).format(value),
  };
}
