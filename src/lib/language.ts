/** Languages every page speaks. */
export const languages = ['en', 'ar', 'ta'] as const;
export type Language = (typeof languages)[number];

export const languageNames: Readonly<Record<Language, string>> = { en: 'English', ar: 'العربية', ta: 'தமிழ்' };

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
}

/** Locales for dates and numbers: digits follow the language, where CLDR leaves them to the region. */
const locales: Readonly<Record<string, string>> = { en: 'en-GB', ar: 'ar-u-nu-arab' };

export function localeOf(language: string): string {
  return locales[language] ?? language;
}

/** A count in the digits of a language. */
export function digitsIn(language: string, count: number): string {
  return new Intl.NumberFormat(localeOf(language), { useGrouping: false }).format(count);
}

const someDate = /^(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?(?![\d-])/;

/** A date of a record, or as much of one as is known, as people write it (quality LG7); other text stays as it is. */
export function dateIn(language: string, text: string): string {
  const parts = someDate.exec(text);
  if (!parts) return text;
  const [, year, month, day] = parts;
  const date = new Date(Date.UTC(Number(year), Number(month ?? 1) - 1, Number(day ?? 1)));
  const shape: Intl.DateTimeFormatOptions = { year: 'numeric', ...(month ? { month: 'long' } : {}), ...(day ? { day: 'numeric' } : {}) };
  return new Intl.DateTimeFormat(localeOf(language), { ...shape, timeZone: 'UTC', calendar: 'gregory' }).format(date);
}

export function readLanguage(tag: unknown): Language | undefined {
  const wanted = typeof tag === 'string' ? tag.toLowerCase().split('-')[0] : undefined;
  return languages.find((language) => language === wanted);
}

export interface LanguageWishes {
  /** What the person chose in the address, the strongest wish. */
  readonly query?: unknown;
  readonly cookie?: unknown;
  /** OpenID Connect Core §3.1.2.1 `ui_locales`: tags in order of preference. */
  readonly uiLocales?: unknown;
  /** `Accept-Language` (RFC 9110 §12.5.4). */
  readonly header?: string | undefined;
}

const maximumTags = 20;

/** The tags of an `Accept-Language` header in small letters, the most wanted first (RFC 9110 §12.4.2). Its cost grows with its length alone. */
export function readAcceptLanguage(header: string | undefined): readonly string[] {
  const wanted = (header ?? '').split(',', maximumTags).map((part) => {
    const [tag = '', ...parameters] = part.split(';').map((text) => text.trim().toLowerCase());
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return { tag, weight: quality === undefined ? 1 : Number(quality) || 0 };
  });
  return wanted
    .filter(({ tag, weight }) => tag !== '' && weight > 0)
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
}

export function chooseLanguage({ query, cookie, uiLocales, header }: LanguageWishes): Language {
  const locales = typeof uiLocales === 'string' ? uiLocales.split(' ').slice(0, 20).map(readLanguage).find(Boolean) : undefined;
  return readLanguage(query) ?? readLanguage(cookie) ?? locales ?? readAcceptLanguage(header).map(readLanguage).find(Boolean) ?? 'en';
}

/** A text of the configuration in a language, English where it lacks that. */
export function textIn(texts: Readonly<Record<string, string>> | undefined, language: Language): string | undefined {
  return texts?.[language] ?? texts?.en ?? Object.values(texts ?? {})[0];
}
