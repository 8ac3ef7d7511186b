import type { JsonObject } from '../lib/json.ts';
import { operatorRoutes } from '../routes.ts';
import { type Arguments, needOption, needWords, readNumber } from './arguments.ts';
import type { Command, Outcome, Tools } from './commands.ts';
import { CommandFault } from './operator-client.ts';
import { pathOf } from './paths.ts';

const madeLines = ({ name, roles, expires_at: until, key }: JsonObject) => [
  `${name} is an operator until ${until}: ${(roles as readonly string[]).join(', ')}.`,
  'The key, shown this once:',
  String(key),
];

async function list(_given: Arguments, { client }: Tools): Promise<Outcome> {
  const { body } = await client.ask(operatorRoutes.operators);
  const operators = body.operators as readonly JsonObject[];
  const state = ({ removed_at: removed, expires_at: until }: JsonObject) =>
    removed === undefined ? `until ${until}` : `removed ${removed}`;
  const lines = operators.map((one) => `${one.id}  ${one.name}  ${(one.roles as readonly string[]).join(', ')}  ${state(one)}`);
  return { body, lines: lines.length > 0 ? lines : ['There is no operator in the database.'] };
}

/** Not under a key that makes it repeatable: a second try by hand is a second order, and shows in the list. */
async function add(given: Arguments, { client }: Tools): Promise<Outcome> {
  const name = needOption(given, 'name', 'who it is');
  const roles = needOption(given, 'roles', 'what they may do, between commas').split(',');
  const days = readNumber(given, 'days');
  const { body } = await client.ask(operatorRoutes.operators, {
    body: { name, roles: roles.map((role) => role.trim()), ...(days === undefined ? {} : { expires_in_days: days }) },
  });
  return { body, lines: madeLines(body) };
}

async function remove(given: Arguments, { client }: Tools): Promise<Outcome> {
  const [id = ''] = needWords(given, 2, 'The id of an operator');
  const { body } = await client.ask(pathOf(operatorRoutes.removeOperator, { id }), { body: {} });
  return { body, lines: [`${id} is no operator any more.`] };
}

/** The link that was printed at the start, or the invitation in it. */
function invitationOf(text: string): string {
  const invitation = URL.canParse(text) ? new URL(text).searchParams.get('invitation') : text;
  if (!invitation) throw new CommandFault('The link has no invitation in it. Copy it whole.', 2);
  return invitation;
}

async function first(given: Arguments, { client }: Tools): Promise<Outcome> {
  const [link = ''] = needWords(given, 2, 'The link that was printed at the start');
  const { body } = await client.ask(operatorRoutes.firstOperator, {
    body: { invitation: invitationOf(link), name: needOption(given, 'name', 'who you are') },
  });
  return { body, lines: madeLines(body) };
}

/** The checkpoint it prints is kept elsewhere and given to the next check, so that a trail cut short is noticed. */
async function verifyAudit(given: Arguments, { client }: Tools): Promise<Outcome> {
  const [service = ''] = needWords(given, 2, 'A service: issuer, authorization, wallet or operators');
  const { checkpoint } = given.options;
  const { body } = await client.ask(operatorRoutes.verifyAudit, { body: { service, ...(checkpoint === undefined ? {} : { checkpoint }) } });
  const faults = body.faults as readonly JsonObject[];
  if (body.sound !== true)
    return { body, lines: faults.map(({ chain, number, fault }) => `chain ${chain}, entry ${number}: ${fault}`), exitCode: 1 };
  return { body, lines: [`${body.entries} entries, all sound.`, `Checkpoint: ${body.checkpoint}`] };
}

export const operatorCommands: readonly Command[] = [
  {
    words: ['audit', 'verify'],
    usage: 'audit verify SERVICE [--checkpoint TEXT]',
    does: 'checks an audit trail from end to end',
    run: verifyAudit,
  },
  { words: ['operators', 'list'], usage: 'operators list', does: 'lists the operators', run: list },
  {
    words: ['operators', 'add'],
    usage: 'operators add --name NAME --roles ROLE,… [--days N]',
    does: 'adds an operator and shows the key once',
    run: add,
  },
  { words: ['operators', 'remove'], usage: 'operators remove ID', does: 'removes an operator', run: remove },
  { words: ['operators', 'first'], usage: 'operators first LINK --name NAME', does: 'makes you the first operator', run: first },
];
