import type { JsonObject } from '../lib/json.ts';

/** The display entry in a language, else in English, else the first (OpenID4VCI 1.0 §12.2.4; standards WL-8). */
export function inLanguage(display: readonly JsonObject[], language: string): JsonObject | undefined {
  const base = (entry: JsonObject) => (typeof entry.locale === 'string' ? entry.locale.toLowerCase().split('-')[0] : undefined);
  return display.find((entry) => base(entry) === language) ?? display.find((entry) => base(entry) === 'en') ?? display[0];
}

export function nameIn(display: readonly JsonObject[], language: string): string | undefined {
  const name = inLanguage(display, language)?.name;
  return typeof name === 'string' && name.trim() !== '' ? name : undefined;
}
