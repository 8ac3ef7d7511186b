/** Zeros of the decimal digits people here type: Latin, Arabic-Indic (two), Devanagari, Tamil, Khmer, Ethiopic has none. */
const zeros = [0x30, 0x660, 0x6f0, 0x966, 0xbe6, 0x17e0];

function toLatinDigit(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  const zero = zeros.find((start) => code >= start && code <= start + 9);
  return zero === undefined ? character : String(code - zero);
}

/** What was typed with the digits of other scripts as their Latin ones. */
export function withLatinDigits(typed: string): string {
  return [...typed].map(toLatinDigit).join('');
}

/**
 * The one spelling of an identity number, used for counting, codes and the registry alike: otherwise each spelling
 * would have tries of its own. Spaces, hyphens and the digits of other scripts are what people type; the rest stays.
 */
export function readIndividualId(typed: string | undefined): string | undefined {
  const plain = withLatinDigits((typed ?? '').normalize('NFKC').replace(/[\s\u00ad\u200b-\u200f\u2066-\u2069-]/g, ''));
  return plain !== '' && plain.length <= 64 && plain.isWellFormed() ? plain : undefined;
}
