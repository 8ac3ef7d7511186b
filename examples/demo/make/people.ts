import { type NameForm, peoples } from './names.ts';
import { crops, honours, irrigation, localities, streets, studies, vehicleClasses } from './places.ts';
import type { SeededRandom } from './random.ts';

export const headings = [
  'individual_id',
  'status',
  'name_language',
  'full_name',
  'full_name_latin',
  'given_name',
  'family_name',
  'birthdate',
  'sex',
  'nationalities',
  'email',
  'mobile',
  'street',
  'locality',
  'region',
  'postal_code',
  'resident_since',
  'licence_number',
  'vehicle_classes',
  'licence_since',
  'licence_until',
  'degree_name',
  'degree_field',
  'degree_level',
  'degree_honours',
  'degree_date',
  'student_number',
  'farmer_number',
  'farm_hectares',
  'farm_parcels',
  'crops',
  'irrigated',
  'password_hash',
  'portrait',
] as const;
export type Row = Readonly<Record<(typeof headings)[number], string>>;

/** Ten digits, the last one a check digit by ISO 7064 MOD 11,10, which finds every single wrong digit. */
export function withCheckDigit(digits: string): string {
  let carry = 10;
  for (const digit of digits) {
    const sum = (carry + Number(digit)) % 10 || 10;
    carry = (sum * 2) % 11;
  }
  return digits + String((11 - carry) % 10);
}

const two = (number: number) => String(number).padStart(2, '0');
const digits = (random: SeededRandom, length: number) => Array.from({ length }, () => random.between(0, 9)).join('');
const day = (random: SeededRandom, first: number, last: number) =>
  `${random.between(first, last)}-${two(random.between(1, 12))}-${two(random.between(1, 28))}`;

/** Everyone's names; some have one name only, and in some languages the family name stands first. */
function makeName(random: SeededRandom, sex: string): Partial<Row> {
  const people = random.pick(peoples.flatMap((candidate) => Array.from({ length: candidate.share }, () => candidate)));
  const given = random.pick(sex === 'M' ? people.men : people.women);
  const family: NameForm | undefined = random.chance(0.03) ? undefined : random.pick(people.families);
  const order = people.language === 'km' ? [family, given] : [given, family];
  const join = (form: 'own' | 'latin') => order.flatMap((name) => (name ? [name[form]] : [])).join(' ');
  return {
    name_language: people.language,
    full_name: join('own'),
    full_name_latin: people.language === 'en' ? '' : join('latin'),
    given_name: given.own,
    family_name: family?.own ?? '',
  };
}

function makeContact(random: SeededRandom, name: Partial<Row>, index: number): Partial<Row> {
  const latin = (name.full_name_latin || name.full_name || '').normalize('NFD').toLowerCase();
  const local = latin
    .replace(/[^a-z ]/g, '')
    .trim()
    .replace(/ +/g, '.');
  return {
    email: random.chance(0.7) ? `${local}${index}@mail.example` : '',
    mobile: random.chance(0.6) ? `+99955${digits(random, 7)}` : '',
  };
}

function makeHome(random: SeededRandom, born: number): Partial<Row> {
  const { name, region, postalCode } = random.pick(localities);
  return {
    street: `${random.between(1, 180)} ${random.pick(streets)}`,
    locality: name,
    region,
    postal_code: postalCode,
    resident_since: day(random, Math.max(born, 1985), 2025),
  };
}

export function makeLicence(random: SeededRandom): Partial<Row> {
  return { licence_number: `OR${digits(random, 9)}`, vehicle_classes: random.pick(vehicleClasses), licence_until: day(random, 2028, 2039) };
}

/** A licence holds for fifteen years, and nobody has one before the age of eighteen. */
export function withLicenceSince(row: Row): Row {
  const [year = '', ...rest] = row.licence_until.split('-');
  if (year === '') return row;
  const since = Math.max(Number(year) - 15, Number(row.birthdate.slice(0, 4)) + 18);
  return { ...row, licence_since: [since, ...rest].join('-') };
}

export function makeDegree(random: SeededRandom, born: number): Partial<Row> {
  const { name, field, level } = random.pick(studies);
  const year = Math.min(2025, Math.max(1998, born + random.between(21, 29)));
  return {
    degree_name: name,
    degree_field: field,
    degree_level: String(level),
    degree_honours: random.pick(honours),
    degree_date: `${year}-${random.pick(['06-30', '09-30', '12-15'])}`,
    student_number: `U${digits(random, 7)}`,
  };
}

export function makeFarm(random: SeededRandom): Partial<Row> {
  const parcels = Array.from({ length: random.between(1, 3) }, () => ({
    parcel: `${random.pick(['K', 'L', 'M', 'N'])}-${random.between(10, 999)}`,
    hectares: random.between(2, 60) / 10,
  }));
  const total = parcels.reduce((sum, { hectares }) => sum + hectares, 0);
  return {
    farmer_number: `FR${digits(random, 8)}`,
    farm_hectares: String(Math.round(total * 10) / 10),
    farm_parcels: JSON.stringify(parcels),
    crops: [...new Set([random.pick(crops), random.pick(crops)])].join(';'),
    irrigated: random.pick(irrigation) === 'none' ? 'false' : 'true',
  };
}

/** One invented person. Licences, degrees and farms are for grown people only, and only for some. */
export function makePerson(random: SeededRandom, index: number): Row {
  const born = random.between(1938, 2024);
  const grown = born <= 2006;
  const sex = random.chance(0.01) ? 'X' : random.pick(['F', 'M']);
  const name = makeName(random, sex);
  const empty = Object.fromEntries(headings.map((heading) => [heading, ''])) as Row;
  return {
    ...empty,
    individual_id: withCheckDigit(`${random.between(2, 9)}${digits(random, 8)}`),
    status: random.chance(0.01) ? random.pick(['locked', 'deceased', 'pending']) : 'active',
    ...name,
    birthdate: born < 1970 && random.chance(0.06) ? String(born) : day(random, born, born),
    sex,
    nationalities: random.chance(0.08) ? `XO;${random.pick(['XA', 'XB', 'XC'])}` : 'XO',
    ...makeContact(random, name, index),
    ...makeHome(random, born),
    ...(grown && random.chance(0.5) ? makeLicence(random) : {}),
    ...(grown && born < 2002 && random.chance(0.22) ? makeDegree(random, born) : {}),
    ...(grown && random.chance(0.2) ? makeFarm(random) : {}),
  };
}
