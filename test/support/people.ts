import { readFile } from 'node:fs/promises';
import type { Person } from '../../examples/walk/person.ts';

export interface Persona {
  readonly id: string;
  readonly individualId: string;
  readonly name: string;
  readonly birthdate: string;
  readonly password?: string;
}

export async function readPersonas(): Promise<readonly Persona[]> {
  return JSON.parse(await readFile(new URL('../../examples/demo/personas.json', import.meta.url), 'utf8')) as Persona[];
}

/** A persona of the demo as somebody who can answer the sign-in pages of this instance. */
export async function personOf(id: string, factor: Person['factor'], base: URL): Promise<Person> {
  const persona = (await readPersonas()).find((entry) => entry.id === id);
  if (!persona) throw new Error(`The demo has no persona ${id}.`);
  const { individualId, name, birthdate, password } = persona;
  return { individualId, name, birthdate, factor, mailbox: new URL('/authorization/mailbox', base), ...(password ? { password } : {}) };
}

export interface Row {
  readonly individual_id: string;
  readonly full_name: string;
  readonly birthdate: string;
  readonly status: string;
  readonly email: string;
}

/** The plain rows of the demo file, read without our reader: only rows without quotes are used. */
export async function readRows(): Promise<readonly Row[]> {
  const [header = '', ...lines] = (await readFile(new URL('../../examples/demo/people.csv', import.meta.url), 'utf8'))
    .replace(/^\uFEFF/, '')
    .split(/\r?\n/);
  const names = header.split(',');
  return lines
    .filter((line) => line !== '' && !line.includes('"'))
    .map((line) => Object.fromEntries(line.split(',').map((value, index) => [names[index], value])) as unknown as Row)
    .filter((row) => row.status === 'active' && /^\d{4}-\d{2}-\d{2}$/.test(row.birthdate));
}
