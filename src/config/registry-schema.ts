import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const Column = Type.String({ minLength: 1, description: 'Column of the CSV file, by its heading.' });

const TypedColumn = Type.Object(
  {
    column: Column,
    type: Type.Optional(
      Type.Enum(['text', 'integer', 'number', 'boolean', 'date', 'list', 'json', 'image'], {
        default: 'text',
        description:
          'date: YYYY, YYYY-MM or YYYY-MM-DD; list: parts between semicolons; image: PNG or JPEG file, path relative to the CSV file.',
      }),
    ),
  },
  closed,
);

const Languages = Type.Object(
  {
    languages: Type.Array(
      Type.Object(
        {
          column: Column,
          language: Type.Optional(Type.String({ minLength: 1, description: 'BCP 47 tag of every value of the column.' })),
          languageColumn: Type.Optional(Type.String({ minLength: 1, description: 'Column that holds the tag of each row instead.' })),
        },
        closed,
      ),
      { minItems: 1, description: 'The same text in several languages or scripts: a list of {language, value}.' },
    ),
  },
  closed,
);

const Members = Type.Object(
  {
    members: Type.Record(Type.String(), Type.Union([Column, TypedColumn]), {
      description: 'An object; members without a value are left out.',
    }),
  },
  closed,
);

const column = (meaning: string, fallback: string) => Type.Optional(Type.String({ minLength: 1, default: fallback, description: meaning }));

const Columns = Type.Object(
  {
    key: column("The person's number.", 'individual_id'),
    password: column('Password hash: $scrypt$ln=15,r=8,p=3$salt$hash.', 'password_hash'),
    email: column('Mail address for one-time codes.', 'email'),
    mobile: column('Mobile number for one-time codes, when there is no mail address.', 'mobile'),
    name: Type.Optional(
      Type.Array(Column, {
        minItems: 1,
        default: ['full_name', 'full_name_latin'],
        description: 'Full name; any one of the forms proves it.',
      }),
    ),
    birthdate: column('Birth date: YYYY-MM-DD, YYYY-MM or YYYY.', 'birthdate'),
    status: column('active (or empty), pending, locked or deceased.', 'status'),
  },
  {
    ...closed,
    description: 'Columns that prove who somebody is. A default column may be missing from the file, one that is named here may not.',
  },
);

/** People in a CSV file (features D04). */
export const CsvRegistry = Type.Object(
  {
    kind: Type.Literal('csv', { description: 'A CSV file: RFC 4180, UTF-8, with a heading row.' }),
    file: Type.String({ minLength: 1, description: 'CSV file, relative to this configuration file.' }),
    deadlineSeconds: Type.Optional(
      Type.Number({ default: 2, minimum: 0.1, maximum: 30, description: 'A slower answer counts as unavailable.' }),
    ),
    columns: Type.Optional(Columns),
    claims: Type.Optional(
      Type.Record(Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]*$' }), Type.Union([Column, TypedColumn, Languages, Members]), {
        description: 'Claim name to column. Without it every column but password and status is a text claim of its own name.',
      }),
    ),
  },
  closed,
);

export type RegistryConfig = Static<typeof CsvRegistry>;
