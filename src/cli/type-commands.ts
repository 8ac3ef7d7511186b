import { readFile } from 'node:fs/promises';
import type { JsonObject } from '../lib/json.ts';
import { JsonFault, parseStrictJson } from '../lib/strict-json.ts';
import { operatorRoutes } from '../routes.ts';
import { type Arguments, needOption, needWords } from './arguments.ts';
import type { Command, Tools } from './commands.ts';
import { CommandFault } from './operator-client.ts';
import { pathOf } from './paths.ts';

async function readType(file: string): Promise<JsonObject> {
  const text = await readFile(file, 'utf8').catch(() => Promise.reject(new CommandFault(`The file ${file} cannot be read.`)));
  try {
    // The state is changed by publishing alone, so what a file says of it is not sent.
    const { state: _, ...document } = parseStrictJson(text) as JsonObject;
    return document;
  } catch (fault) {
    if (fault instanceof JsonFault) throw new CommandFault(`The file ${file} is not JSON: ${fault.message}.`);
    throw fault;
  }
}

const issuerIn = (given: Arguments) => needOption(given, 'issuer', 'the name of the Credential Issuer');

async function check(given: Arguments, { client }: Tools) {
  const [file = ''] = needWords(given, 2, 'A file');
  const { body } = await client.ask(pathOf(operatorRoutes.checkCredentialType, { name: issuerIn(given) }), { body: await readType(file) });
  const faults = Array.isArray(body.faults) ? (body.faults as readonly JsonObject[]) : [];
  if (faults.length === 0) return { body, lines: ['The credential type is sound.'] };
  return { body, lines: faults.map(({ pointer, reason }) => `${pointer}: ${reason}`), exitCode: 1 as const };
}

async function list(given: Arguments, { client }: Tools) {
  const { body } = await client.ask(pathOf(operatorRoutes.credentialTypes, { name: issuerIn(given) }));
  const types = body.types as readonly JsonObject[];
  return { body, lines: types.map(({ id, version, state, changed_at: at }) => `${id}  ${version}  ${state}  ${at}`) };
}

/** Saved as a draft, or in the place of the draft of that version, and published as it was saved or not at all. */
async function publish(given: Arguments, { client }: Tools) {
  const [file = ''] = needWords(given, 2, 'A file');
  const document = await readType(file);
  const names = { name: issuerIn(given), id: String(document.id), version: String(document.version) };
  const there = await client.find(pathOf(operatorRoutes.credentialType, names));
  const headers: Record<string, string> = there ? { 'if-match': there.etag ?? '' } : { 'if-none-match': '*' };
  const saved = await client.ask(pathOf(operatorRoutes.credentialType, names), { method: 'PUT', body: document, headers });
  const { body } = await client.ask(pathOf(operatorRoutes.publishCredentialType, names), {
    method: 'POST',
    headers: { 'if-match': saved.etag ?? '' },
  });
  return { body, lines: [`${body.id} ${body.version} is ${body.state}.`] };
}

export const typeCommands: readonly Command[] = [
  { words: ['types', 'check'], usage: 'types check FILE --issuer NAME', does: 'names every fault of a credential type', run: check },
  { words: ['types', 'list'], usage: 'types list --issuer NAME', does: 'lists the versions of credential types', run: list },
  {
    words: ['types', 'publish'],
    usage: 'types publish FILE --issuer NAME',
    does: 'saves a credential type and publishes it',
    run: publish,
  },
];
