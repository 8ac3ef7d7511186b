import type { Row } from './people.ts';

/** One of the people in the README, whose password is public. */
export interface Persona {
  readonly id: string;
  /** What this person shows. */
  readonly shows: string;
  /** What comes of it when they ask for a document they have the record for. */
  readonly outcome: 'issued' | 'refused at sign-in' | 'refused at issuance';
  readonly row: Partial<Row>;
  readonly inRegistry: boolean;
}

const words = (text: string) => text.split('|');
function named(language: string, full: string, latin = '', parts = full): Partial<Row> {
  const [given = '', family = ''] = parts.includes('|') ? words(parts) : full.split(' ');
  return { name_language: language, full_name: full, full_name_latin: latin, given_name: given, family_name: family };
}
const issued = (id: string, shows: string, row: Partial<Row>): Persona => ({ id, shows, outcome: 'issued', row, inRegistry: true });

const longName =
  'Maria Esperança Josefina Antónia Conceição Guilhermina do Rosário|de Albuquerque Vasconcelos e Sousa Montenegro-Wolfeschlegelsteinhausen';

/** In the order of the README; the first is the one examples take. */
export const personas: readonly Persona[] = [
  issued('ordinary', 'The ordinary case: every document can be had.', {
    ...named('en', 'Amina Kareem'),
    birthdate: '1988-03-27',
    sex: 'F',
    email: 'a.kareem@mail.example',
    licence_number: 'OR204517482',
    vehicle_classes: 'A1;B',
    licence_until: '2036-03-13',
  }),
  issued('one-letter', 'A full name of one letter.', { ...named('en', 'O'), birthdate: '1979-11-02', sex: 'M', email: 'o@mail.example' }),
  issued('right-to-left', 'A name in Arabic script, read from right to left.', {
    ...named('ar', 'ليلى الهاشمي', 'Layla al-Hashimi'),
    birthdate: '1994-08-15',
    sex: 'F',
    email: 'layla.alhashimi@mail.example',
  }),
  issued('tamil', 'A name in Tamil script.', {
    ...named('ta', 'தமிழரசி நடராஜன்', 'Thamizharasi Natarajan'),
    birthdate: '1991-01-14',
    sex: 'F',
    email: 'thamizharasi@mail.example',
  }),
  issued('khmer', 'A name in Khmer script, family name first; codes go to a mobile number.', {
    ...named('km', 'ចាន់ សុភា', 'Chan Sophea', 'សុភា|ចាន់'),
    birthdate: '1986-05-30',
    sex: 'F',
    email: '',
    mobile: '+999550104417',
  }),
  issued('ethiopic', 'A name in Ethiopic script.', {
    ...named('am', 'ሰላም ተስፋዬ', 'Selam Tesfaye'),
    birthdate: '1999-09-11',
    sex: 'F',
    email: 'selam.tesfaye@mail.example',
  }),
  issued('cyrillic', 'A name in Cyrillic script.', {
    ...named('uk', 'Соломія Шевчук', 'Solomiia Shevchuk'),
    birthdate: '1983-12-24',
    sex: 'F',
    email: 'solomiia@mail.example',
  }),
  issued('devanagari', 'A name in Devanagari script.', {
    ...named('hi', 'अनीता शर्मा', 'Anita Sharma'),
    birthdate: '1975-10-05',
    sex: 'F',
    email: 'anita.sharma@mail.example',
  }),
  issued('birth-year', 'Only the year of birth is on record.', {
    ...named('en', 'Kadiatu Sesay'),
    birthdate: '1957',
    sex: 'F',
    email: 'kadiatu.sesay@mail.example',
  }),
  issued('minor', 'Not of age: an identity card, but no driving licence.', {
    ...named('en', 'Elias Banda'),
    birthdate: '2015-06-14',
    sex: 'M',
    email: 'elias.banda@mail.example',
    licence_number: '',
    vehicle_classes: '',
    licence_until: '',
    degree_name: '',
    farmer_number: '',
  }),
  {
    id: 'deceased',
    shows: 'A person who has died: refused like wrong evidence.',
    outcome: 'refused at sign-in',
    inRegistry: true,
    row: { ...named('en', 'Samuel Quaye'), birthdate: '1941-02-08', sex: 'M', email: 'samuel.quaye@mail.example', status: 'deceased' },
  },
  {
    id: 'locked',
    shows: 'An account the office has locked: refused like wrong evidence.',
    outcome: 'refused at sign-in',
    inRegistry: true,
    row: { ...named('en', 'Petra Novak'), birthdate: '1990-04-19', sex: 'F', email: 'petra.novak@mail.example', status: 'locked' },
  },
  {
    id: 'missing',
    shows: 'A number that looks right and that the registry does not know.',
    outcome: 'refused at sign-in',
    inRegistry: false,
    row: { ...named('en', 'Ivan Duarte'), birthdate: '1985-07-07', sex: 'M' },
  },
  {
    id: 'pending',
    shows: 'Signs in, but the office has not finished the record: try again later.',
    outcome: 'refused at issuance',
    inRegistry: true,
    row: {
      ...named('en', 'Thandiwe Dlamini'),
      birthdate: '2001-03-03',
      sex: 'F',
      email: 'thandiwe.dlamini@mail.example',
      status: 'pending',
    },
  },
  issued('large-portrait', 'A portrait of 40 kB.', {
    ...named('en', 'Victor Okafor'),
    birthdate: '1969-09-29',
    sex: 'M',
    email: 'victor.okafor@mail.example',
  }),
  issued('long-name', 'A very long name.', {
    ...named('pt', longName.replace('|', ' '), '', longName),
    birthdate: '1972-12-31',
    sex: 'F',
    email: 'maria.esperanca@mail.example',
  }),
  issued('no-family-name', 'One name and no family name.', {
    ...named('ta', 'கயல்விழி', 'Kayalvizhi'),
    birthdate: '1996-02-29',
    sex: 'F',
    email: 'kayalvizhi@mail.example',
  }),
];
