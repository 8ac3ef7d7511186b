import type { Language } from '../../../lib/language.ts';
import { ar } from './ar.ts';
import { en, type Words } from './en.ts';
import { ta } from './ta.ts';

const catalogues: Readonly<Record<Language, Words>> = { en, ar, ta };

export type { Words } from './en.ts';
export const wordsIn = (language: Language): Words => catalogues[language];

/** Puts values into the `{…}` of a sentence. */
export function fill(sentence: string, values: Readonly<Record<string, string | number>>): string {
  return sentence.replace(/\{(\w+)\}/g, (_whole, name: string) => String(values[name] ?? ''));
}
