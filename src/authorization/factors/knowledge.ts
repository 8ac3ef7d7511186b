import { type AuthenticationFactor, readField } from '../factor.ts';
import { withLatinDigits } from '../individual-id.ts';

/** A date as people type it, year first or last; parts that are not known are left out. */
function readBirthdate(text: string): string | undefined {
  const parts = withLatinDigits(text.replace(/\p{Cf}/gu, ''))
    .split(/[\s./-]+/)
    .filter(Boolean);
  if (parts.length > 3 || !parts.every((part) => /^\d{1,4}$/.test(part))) return undefined;
  const ordered = parts[0]?.length === 4 ? parts : [...parts].reverse();
  const [year = '', month, day] = ordered;
  if (year.length !== 4) return undefined;
  const date = [year, ...[month, day].flatMap((part) => (part === undefined ? [] : [part.padStart(2, '0')]))].join('-');
  const [, told = '01', on = '01'] = date.split('-');
  const exact = new Date(`${year}-${told}-${on}T00:00:00Z`);
  const real = exact.getUTCMonth() + 1 === Number(told) && exact.getUTCDate() === Number(on);
  return real ? date : undefined;
}

/** Knowledge: name and date of birth beside the identity number, compared with the registry. A missing answer never passes. */
export const knowledge: AuthenticationFactor = {
  name: 'knowledge',
  method: 'kba',
  fields: ['name', 'birthdate'],
  readEvidence(input) {
    const name = readField(input, 'name');
    if (name === undefined) return { field: 'name', reason: 'missing' };
    const typed = readField(input, 'birthdate');
    if (typed === undefined) return { field: 'birthdate', reason: 'missing' };
    const birthdate = readBirthdate(typed);
    return birthdate === undefined ? { field: 'birthdate', reason: 'malformed' } : { factor: 'knowledge', name, birthdate };
  },
};
