import type { WalletConfig } from '../config-schema.ts';
import { type Language, textIn } from '../lib/language.ts';
import { inLanguage, nameIn } from './display.ts';
import type { Appearance, IssuerAppearance } from './issuer-appearance.ts';
import type { KnownIssuer } from './issuer-directory.ts';

/** One document of the catalogue, in one language. */
export interface CatalogueEntry {
  readonly issuer: string;
  readonly configurationId: string;
  readonly name: string;
  readonly description: string;
  readonly category: string | undefined;
}

export interface CatalogueOffice {
  readonly identifier: string;
  readonly name: string;
  readonly appearance: Appearance;
  readonly entries: readonly CatalogueEntry[];
}

export interface CatalogueCategory {
  readonly id: string;
  readonly name: string;
  readonly count: number;
}

export interface Catalogue {
  readonly offices: readonly CatalogueOffice[];
  /** With what the search leaves of each. */
  readonly categories: readonly CatalogueCategory[];
  /** Documents of all offices, before search and category. */
  readonly total: number;
  /** Documents that the search leaves, whatever their category. */
  readonly matching: number;
  /** Documents that the search and the category leave. */
  readonly shown: number;
}

export interface CatalogueWish {
  readonly language: Language;
  readonly query: string;
  readonly category: string | undefined;
}

/** Compared without case, accents and vowel signs, in any script. */
const folded = (text: string) => text.normalize('NFKD').replace(/\p{M}/gu, '').toLocaleLowerCase();

/** The category an operator put a document into. */
export function categoryOf({ categories }: WalletConfig, configurationId: string): string | undefined {
  return categories.find(({ configurations }) => configurations.includes(configurationId))?.id;
}

/** What can be got, from the issuers' own metadata (features A02, E02). */
export function makeCatalogue(
  issuers: readonly KnownIssuer[],
  config: WalletConfig,
  appearance: IssuerAppearance,
  { language, query, category }: CatalogueWish,
): Catalogue {
  const words = folded(query).split(/\s+/).filter(Boolean);
  const offices = issuers.map((issuer) => ({
    identifier: issuer.identifier,
    name: nameIn(issuer.display, language) ?? new URL(issuer.identifier).host,
    appearance: appearance.of(issuer),
    // Every language is searched: whoever knows the document by another name finds it too.
    sought: (entry: CatalogueEntry) => {
      const offering = issuer.offerings.find(({ id }) => id === entry.configurationId);
      const texts = [...(offering?.display ?? []), ...issuer.display].flatMap(({ name, description }) => [name, description]);
      const all = folded(texts.filter((text) => typeof text === 'string').join(' '));
      return words.every((word) => all.includes(word));
    },
    entries: issuer.offerings.map(({ id, display }): CatalogueEntry => {
      const description = inLanguage(display, language)?.description;
      return {
        issuer: issuer.identifier,
        configurationId: id,
        name: nameIn(display, language) ?? id,
        description: typeof description === 'string' ? description : '',
        category: categoryOf(config, id),
      };
    }),
  }));
  const matching = offices.flatMap(({ entries, sought }) => entries.filter(sought));
  const kept = offices.map(({ sought, entries, ...office }) => ({
    ...office,
    entries: entries.filter((entry) => sought(entry) && (category === undefined || entry.category === category)),
  }));
  return {
    offices: kept.filter(({ entries }) => entries.length > 0),
    categories: config.categories
      .map(({ id, name }) => ({ id, name: textIn(name, language) ?? id, count: matching.filter((entry) => entry.category === id).length }))
      .filter(({ count }) => count > 0),
    total: offices.reduce((sum, { entries }) => sum + entries.length, 0),
    matching: matching.length,
    shown: kept.reduce((sum, { entries }) => sum + entries.length, 0),
  };
}
