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
