import { type ConfigSource, readClientSettings } from '../config.ts';
import { suggestion } from '../lib/nearest.ts';
import { StartFault } from '../lib/start-fault.ts';
import { type Arguments, readArguments } from './arguments.ts';
import { type Command, commands } from './commands.ts';
import { CommandFault, createOperatorClient } from './operator-client.ts';
import { operatorCommands } from './operator-commands.ts';
import { typeCommands } from './type-commands.ts';

const all: readonly Command[] = [...commands, ...typeCommands, ...operatorCommands];

function helpText(): string {
  const width = Math.max(...all.map(({ does }) => does.length));
  return [
    "Operates a running Chancery through its operators' listener. Every command takes --json.",
    '',
    ...all.map(({ usage, does }) => `  ${does.padEnd(width)}  ${usage}`),
    '',
    'The key is CHANCERY_OPERATOR_KEY, or the file operator-key in CHANCERY_DATA; the listener is CHANCERY_OPERATOR_URL.',
  ].join('\n');
}

function findCommand({ words }: Arguments): Command {
  const found = all.find((command) => command.words.every((word, index) => words[index] === word));
  if (found) return found;
  const typed = words.slice(0, 2).join(' ');
  const known = all.map((command) => command.words.join(' '));
  throw new CommandFault(typed === '' ? helpText() : `${typed} is no command.${suggestion(typed, known)} --help lists them.`, 2);
}

/** Where a command reads and prints. */
export interface Terminal {
  readonly print: (text: string) => void;
  readonly complain: (text: string) => void;
  /** The first line of standard input; `undefined` where there is none. */
  readonly readLine: () => Promise<string | undefined>;
  /** The environment of the process unless a test says otherwise. */
  readonly source?: ConfigSource;
}

async function execute(words: readonly string[], { print, readLine, source }: Terminal): Promise<number> {
  const given = readArguments(words);
  if (given.switches.has('help')) {
    print(helpText());
    return 0;
  }
  const command = findCommand(given);
  const { url, key, issuerUrl } = await readClientSettings(source);
  const readFirst = async () => {
    const line = (await readLine())?.trim();
    if (!line) throw new CommandFault('Nothing came from standard input.', 2);
    return line;
  };
  const {
    body,
    lines,
    exitCode = 0,
  } = await command.run(given, {
    client: createOperatorClient({ url, key }),
    issuerUrl,
    readLine: readFirst,
  });
  print(given.switches.has('json') ? JSON.stringify(body, null, 2) : lines.join('\n'));
  return exitCode;
}

/** Runs one command and says how it ended: 0 done, 1 refused or not possible, 2 not understood. */
export async function runCommand(words: readonly string[], terminal: Terminal): Promise<number> {
  try {
    return await execute(words, terminal);
  } catch (fault) {
    if (!(fault instanceof CommandFault) && !(fault instanceof StartFault)) throw fault;
    terminal.complain(fault.message);
    return fault instanceof CommandFault ? fault.exitCode : 2;
  }
}
