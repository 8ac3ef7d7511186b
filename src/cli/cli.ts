import { createInterface } from 'node:readline';
import { runCommand } from './run-command.ts';

process.exitCode = await runCommand(process.argv.slice(2), {
  print: (text) => console.log(text),
  complain: (text) => console.error(text),
  async readLine() {
    for await (const line of createInterface({ input: process.stdin })) return line;
    return undefined;
  },
});
