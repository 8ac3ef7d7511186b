import { parseArgs } from 'node:util';
import { suggestion } from '../lib/nearest.ts';
import { CommandFault } from './operator-client.ts';

/** What stands behind the words of a command. */
export interface Arguments {
  readonly words: readonly string[];
  readonly options: Readonly<Record<string, string>>;
  readonly switches: ReadonlySet<string>;
}

const named = ['issuer', 'person', 'registry', 'reason', 'name', 'roles', 'days', 'lifetime-seconds', 'checkpoint'] as const;
const switched = ['json', 'help', 'dry-run', 'pre-authorized', 'no-tx-code'] as const;
export type OptionName = (typeof named)[number];

/** Reads the command line; an option that nobody knows is named with the nearest one. */
export function readArguments(given: readonly string[]): Arguments {
  const known: readonly string[] = [...named, ...switched];
  const options = Object.fromEntries([
    ...named.map((name) => [name, { type: 'string' as const }] as const),
    ...switched.map((name) => [name, { type: 'boolean' as const }] as const),
  ]);
  try {
    const { values, positionals } = parseArgs({ args: [...given], options, allowPositionals: true, strict: true });
    const texts = Object.entries(values).filter((entry): entry is [string, string] => typeof entry[1] === 'string');
    const switches = Object.entries(values).filter(([, value]) => value === true);
    return { words: positionals, options: Object.fromEntries(texts), switches: new Set(switches.map(([name]) => name)) };
  } catch (fault) {
    const unknown = /--([\w-]+)/.exec((fault as Error).message)?.[1] ?? '';
    const said = known.includes(unknown) ? `--${unknown} needs a value.` : `--${unknown} is not known.${suggestion(unknown, known)}`;
    throw new CommandFault(said, 2);
  }
}

export function needOption({ options }: Arguments, name: OptionName, what: string): string {
  const value = options[name];
  if (value === undefined || value === '') throw new CommandFault(`--${name} is needed: ${what}.`, 2);
  return value;
}

export function needWords({ words }: Arguments, from: number, what: string): readonly string[] {
  const rest = words.slice(from);
  if (rest.length === 0) throw new CommandFault(`${what} is needed.`, 2);
  return rest;
}

export function readNumber({ options }: Arguments, name: OptionName): number | undefined {
  const value = options[name];
  if (value === undefined) return undefined;
  if (!/^\d{1,9}$/.test(value)) throw new CommandFault(`--${name} is a whole number.`, 2);
  return Number(value);
}
