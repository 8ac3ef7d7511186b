import { equalBytes, sha256, utf8 } from '../../lib/bytes.ts';
import { isDate } from './claim-columns.ts';

/** A name as it is compared: compatibility forms, letter case, invisible characters and the kind and number of spaces do not matter. */
export function comparableName(name: string): string {
  return (
    name
      .normalize('NFKC')
      // Twice, because some letters meet only in capitals (ß and SS) and others only in small ones.
      .toUpperCase()
      .toLowerCase()
      .normalize('NFKC')
      .replace(/\p{Default_Ignorable_Code_Point}/gu, '')
      .replace(/\s+/gu, ' ')
      .trim()
  );
}

function sameText(a: string, b: string): boolean {
  return equalBytes(sha256(utf8(a)), sha256(utf8(b)));
}

/** True when the typed name is one of the forms on record; an empty name proves nothing. All forms are compared, always. */
export function meetsName(typed: string, forms: readonly string[]): boolean {
  const wanted = comparableName(typed);
  const met = forms.map((form) => sameText(comparableName(form), wanted)).includes(true);
  return met && wanted !== '';
}

/** True when the typed date agrees with what is on record; where only the year is on record, the year is all that can agree. */
export function meetsBirthdate(typed: string, recorded: string): boolean {
  const wanted = typed.normalize('NFKC').trim();
  const known = sameText(wanted.slice(0, recorded.length), recorded);
  return known && recorded !== '' && isDate(wanted);
}
