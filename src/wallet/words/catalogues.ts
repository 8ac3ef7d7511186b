import { ar } from './ar.ts';
import { en } from './en.ts';
import { ta } from './ta.ts';
import type { Words, WordsLanguage } from './words.ts';

export const words: Readonly<Record<WordsLanguage, Words>> = { en, ar, ta };
