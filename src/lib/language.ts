/** Languages every page speaks. */
export const languages = ['en', 'ar', 'ta'] as const;
export type Language = (typeof languages)[number];

export const languageNames: Readonly<Record<Language, string>> = { en: 'English', ar: 'العربية', ta: 'தமிழ்' };

export function directionOf(language: Language): 'ltr' | 'rtl' {
  return language === 'ar' ? 'rtl' : 'ltr';
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
