import { randomHandle } from '../lib/bytes.ts';
import type { JsonObject } from '../lib/json.ts';
import { issuerIdentifier, operatorRoutes } from '../routes.ts';
import { type Arguments, needOption, needWords, readNumber } from './arguments.ts';
import { CommandFault, type OperatorClient } from './operator-client.ts';
import { pathOf } from './paths.ts';

export interface Tools {
  readonly client: OperatorClient;
  /** Public address of the Credential Issuers. */
  readonly issuerUrl: URL;
  /** The first line of standard input. */
  readonly readLine: () => Promise<string>;
}

export interface Outcome {
  /** What `--json` prints. */
  readonly body: JsonObject;
  readonly lines: readonly string[];
  readonly exitCode?: 0 | 1;
}

export interface Command {
  readonly words: readonly string[];
  readonly usage: string;
  readonly does: string;
  readonly run: (given: Arguments, tools: Tools) => Promise<Outcome>;
}

const issuerIn = (given: Arguments) => needOption(given, 'issuer', 'the name of the Credential Issuer');
/** A request that a broken line cut short is asked again without being done again. */
const once = () => ({ 'idempotency-key': randomHandle() });
const rows = (value: unknown) => (Array.isArray(value) ? (value as readonly JsonObject[]) : []);

/** The number a registry knows somebody by; `-` reads it from standard input, where no list of processes shows it. */
async function personIn(given: Arguments, { readLine }: Tools): Promise<JsonObject> {
  const told = given.options.person;
  if (told === undefined) return {};
  const id = told === '-' ? await readLine() : told;
  return { individual_id: id, ...(given.options.registry === undefined ? {} : { registry: given.options.registry }) };
}

async function offer(given: Arguments, tools: Tools): Promise<Outcome> {
  const name = issuerIn(given);
  const ids = needWords(given, 1, 'A credential configuration');
  const preAuthorized = given.switches.has('pre-authorized');
  const seconds = readNumber(given, 'lifetime-seconds');
  if (preAuthorized) needOption(given, 'person', 'whom the credential is about, or - to read the number from standard input');
  const order: JsonObject = preAuthorized
    ? {
        credential_issuer: issuerIdentifier(tools.issuerUrl, name),
        credential_configuration_ids: [...ids],
        ...(await personIn(given, tools)),
        tx_code: !given.switches.has('no-tx-code'),
      }
    : { credential_configuration_ids: [...ids], ...(seconds === undefined ? {} : { lifetime_seconds: seconds }) };
  const path = preAuthorized ? operatorRoutes.preAuthorizedCodes : pathOf(operatorRoutes.credentialOffers, { name });
  const { body } = await tools.client.ask(path, { body: order, headers: once() });
  const code = body.tx_code === undefined ? [] : [`Transaction code, to be told apart from the link: ${body.tx_code}`];
  return { body, lines: [String(body.link), ...code, `Good until ${body.expires_at}`] };
}

/** Credentials by their ids, or all of a person. */
const setTo = (status: 'invalid' | 'suspended' | 'valid') =>
  async function change(given: Arguments, tools: Tools): Promise<Outcome> {
    const ids = given.words.slice(1);
    const person = await personIn(given, tools);
    if (ids.length > 0 === 'individual_id' in person)
      throw new CommandFault('Name credentials by their ids, or a person with --person.', 2);
    const { body } = await tools.client.ask(pathOf(operatorRoutes.changeStatus, { name: issuerIn(given) }), {
      body: {
        ...(ids.length > 0 ? { credential_ids: ids } : person),
        status,
        ...(given.options.reason === undefined ? {} : { reason: given.options.reason }),
        ...(given.switches.has('dry-run') ? { dry_run: true } : {}),
      },
      headers: once(),
    });
    const credentials = rows(body.credentials);
    const lines = credentials.map(({ credential_id: id, outcome }) => `${id}  ${outcome}`);
    const undone = credentials.some(({ outcome }) => outcome !== 'changed' && outcome !== 'unchanged');
    return { body, lines: lines.length > 0 ? lines : ['No credential was found.'], exitCode: undone || lines.length === 0 ? 1 : 0 };
  };

async function search(given: Arguments, tools: Tools): Promise<Outcome> {
  const path = pathOf(operatorRoutes.searchCredentials, { name: issuerIn(given) });
  needOption(given, 'person', 'the number the registry knows, or - to read it from standard input');
  const { body } = await tools.client.ask(path, { body: await personIn(given, tools) });
  const found = rows(body.credentials);
  const lines = found.map(
    ({ credential_id: id, credential_type: type, issued_at: at, status }) => `${id}  ${type}  ${at}  ${status ?? 'cannot be revoked'}`,
  );
  return { body, lines: lines.length > 0 ? lines : ['No credential was found.'] };
}

async function listKeys(_given: Arguments, { client }: Tools): Promise<Outcome> {
  const { body } = await client.ask(operatorRoutes.keys);
  const lines = rows(body.keys).map(
    ({ purpose, keys }) =>
      `${purpose}  ${rows(keys)
        .map(({ kid, alg }) => `${kid} (${alg ?? '?'})`)
        .join(', ')}`,
  );
  return { body, lines };
}

async function rotateKey(given: Arguments, { client }: Tools): Promise<Outcome> {
  const [purpose = ''] = needWords(given, 2, 'The purpose of a key');
  const { body } = await client.ask(operatorRoutes.rotateKey, { body: { purpose }, headers: once() });
  return { body, lines: [`A new key signs for ${purpose}; published are ${rows(body.keys).join(', ')}.`] };
}

export const commands: readonly Command[] = [
  {
    words: ['offer'],
    usage: 'offer CONFIGURATION… --issuer NAME [--lifetime-seconds N] | [--pre-authorized --person NUMBER|- [--no-tx-code]]',
    does: 'makes a link to be shown as a QR code',
    run: offer,
  },
  ...(
    [
      ['revoke', 'invalid', 'revokes credentials for ever'],
      ['suspend', 'suspended', 'suspends credentials until they are reinstated'],
      ['reinstate', 'valid', 'ends a suspension'],
    ] as const
  ).map(([word, status, does]) => ({
    words: [word],
    usage: `${word} ID…|--person NUMBER|- --issuer NAME [--reason TEXT] [--dry-run]`,
    does,
    run: setTo(status),
  })),
  { words: ['search'], usage: 'search --person NUMBER|- --issuer NAME', does: 'finds the credentials of a person', run: search },
  { words: ['keys', 'list'], usage: 'keys list', does: 'lists the public keys of every purpose', run: listKeys },
  { words: ['keys', 'rotate'], usage: 'keys rotate PURPOSE', does: 'makes a new key for a purpose', run: rotateKey },
];
