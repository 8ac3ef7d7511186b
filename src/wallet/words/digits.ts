/** Numbering systems that CLDR leaves to the region; look.md asks for the digits of the language. */
const locales: Readonly<Record<string, string>> = { ar: 'ar-u-nu-arab' };

export function localeOf(language: string): string {
  return locales[language] ?? language;
}

/** A count in the digits of a language. */
export function digitsIn(language: string, count: number): string {
  return new Intl.NumberFormat(localeOf(language), { useGrouping: false }).format(count);
}
