// Makes the people of Orsana: people.csv, personas.json and portraits/. Run: node examples/demo/make-people.ts [folder]
import { scryptSync } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { headings, makeDegree, makeFarm, makeLicence, makePerson, type Row, withCheckDigit, withLicenceSince } from './make/people.ts';
import { type Persona, personas } from './make/personas.ts';
import { drawPortrait } from './make/portrait.ts';
import { SeededRandom } from './make/random.ts';

const seed = 20_260_101;
const howMany = 10_000;

const quote = (field: string) => (/[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
const toLine = (row: Row) => `${headings.map((heading) => quote(row[heading])).join(',')}\r\n`;

/** PHC string format; the salt comes from the seed because the passwords are public anyway. */
function hashPassword(password: string, random: SeededRandom): string {
  const salt = Buffer.from(random.bytes(16));
  const hash = scryptSync(password, salt, 32, { N: 2 ** 15, r: 8, p: 3, maxmem: 64 * 1024 * 1024 });
  const text = (bytes: Buffer) => bytes.toString('base64').replace(/=+$/, '');
  return `$scrypt$ln=15,r=8,p=3$${text(salt)}$${text(hash)}`;
}

export const passwordOf = ({ id }: Persona) => `orsana-${id}`;

function makePersona(persona: Persona, index: number, random: SeededRandom): Row {
  const base = makePerson(random, index);
  const born = Number((persona.row.birthdate ?? '1980').slice(0, 4));
  const records = { ...makeLicence(random), ...makeDegree(random, born), ...makeFarm(random) };
  const passwordHash = hashPassword(passwordOf(persona), random);
  const row = { ...base, status: 'active', nationalities: 'XO', ...records, ...persona.row };
  const home = { resident_since: `${Math.max(born, 2009)}-10-01`, password_hash: passwordHash, portrait: `portraits/${persona.id}.png` };
  // The persona without records has none at all.
  const noDegree =
    row.degree_name === '' ? { degree_field: '', degree_level: '', degree_honours: '', degree_date: '', student_number: '' } : {};
  const noFarm = row.farmer_number === '' ? { farm_hectares: '', farm_parcels: '', crops: '', irrigated: '' } : {};
  return { ...row, ...home, ...noDegree, ...noFarm };
}

const colour = (random: SeededRandom, low: number, high: number) =>
  [random.between(low, high), random.between(low, high), random.between(low, high)] as const;

function makePortrait({ id }: Persona, random: SeededRandom): Buffer {
  const tone = random.between(95, 225);
  const colours = {
    ground: colour(random, 200, 235),
    cloth: colour(random, 40, 150),
    skin: [tone, Math.round(tone * 0.78), Math.round(tone * 0.62)] as const,
    hair: colour(random, 20, 80),
  };
  return id === 'large-portrait' ? drawPortrait(colours, 256, 316) : drawPortrait(colours, 96, 124);
}

function makeEveryone(random: SeededRandom): readonly Row[] {
  const rows = personas.map((persona, index) => makePersona(persona, index + 1, random));
  const taken = new Set(rows.map(({ individual_id }) => individual_id));
  while (rows.length < howMany + personas.filter(({ inRegistry }) => !inRegistry).length) {
    const row = makePerson(random, rows.length + 1);
    if (taken.has(row.individual_id)) continue;
    taken.add(row.individual_id);
    rows.push(row);
  }
  return rows.map(withLicenceSince);
}

/** Writes the whole sample into a folder; the same bytes every time. */
export function makeDemo(folder: string): void {
  const rows = makeEveryone(new SeededRandom(seed));
  const portraits = new SeededRandom(seed + 1);
  const missing = { ...rows[0], individual_id: withCheckDigit('703146285') } as Row;
  const kept = rows.filter((_, index) => personas[index]?.inRegistry ?? true);
  if (kept.some(({ individual_id }) => individual_id === missing.individual_id)) throw new Error('The missing person is not missing.');
  mkdirSync(join(folder, 'portraits'), { recursive: true });
  const list = personas.map((persona, index) => {
    const row = persona.inRegistry ? rows[index] : missing;
    if (persona.inRegistry) writeFileSync(join(folder, 'portraits', `${persona.id}.png`), makePortrait(persona, portraits));
    const { id, shows, outcome, row: own } = persona;
    return {
      id,
      individualId: row?.individual_id,
      name: own.full_name,
      birthdate: own.birthdate,
      password: passwordOf(persona),
      shows,
      outcome,
    };
  });
  writeFileSync(join(folder, 'people.csv'), `${headings.join(',')}\r\n${kept.map(toLine).join('')}`);
  writeFileSync(join(folder, 'personas.json'), `${JSON.stringify(list, null, 2)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) makeDemo(process.argv[2] ?? fileURLToPath(new URL('.', import.meta.url)));
