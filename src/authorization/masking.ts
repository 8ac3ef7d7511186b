import { isJsonObject, type Json } from '../lib/json.ts';
import type { Language } from '../lib/language.ts';

/** How a value is shown before consent (look: masked by type rule). */
export type MaskRule = 'initials' | 'year' | 'last3' | 'open' | 'hidden';

const dots = (count: number) => '•'.repeat(Math.max(3, Math.min(6, count)));

/** A registry value as text in a language: the entry of a list in several languages, members joined, images left out. */
export function textOf(value: Json | undefined, language: Language): string | undefined {
  if (value === undefined || value === null || (typeof value === 'string' && value.startsWith('data:'))) return undefined;
  if (Array.isArray(value)) {
    const entries = value.filter(isJsonObject);
    const localised = entries.length > 0 && entries.every((entry) => 'language' in entry && 'value' in entry);
    if (localised) return textOf((entries.find((entry) => entry.language === language) ?? entries[0])?.value, language);
    return value.flatMap((entry: Json) => textOf(entry, language) ?? []).join(', ') || undefined;
  }
  if (isJsonObject(value))
    return (
      Object.values(value)
        .flatMap((entry) => textOf(entry, language) ?? [])
        .join(', ') || undefined
    );
  return String(value);
}

/** Hides what would identify somebody who looks over a shoulder: first letters, a year, or the last three stay. */
export function mask(text: string, rule: MaskRule): string {
  switch (rule) {
    case 'open':
      return text;
    case 'initials':
      return text
        .split(/\s+/)
        .filter(Boolean)
        .map((word) => `${[...new Intl.Segmenter().segment(word)][0]?.segment ?? ''}${dots(word.length - 1)}`)
        .join(' ');
    case 'year':
      return `•• •• ${/\d{4}/.exec(text)?.[0] ?? '••••'}`;
    case 'last3':
      return `${dots(text.length - 3)}${text.slice(-3)}`;
    case 'hidden':
      return dots(6);
  }
}
