import { benchCredential } from './credential.ts';
import { benchFlow } from './flow.ts';
import { benchFormats } from './formats.ts';
import { markdownTable, type Row, surroundings } from './report.ts';
import { benchStart } from './start.ts';
import { benchStatus } from './status.ts';

const benchmarks: Readonly<Record<string, () => Promise<readonly Row[]>>> = {
  start: benchStart,
  flow: benchFlow,
  credential: benchCredential,
  formats: benchFormats,
  status: benchStatus,
};

const names = process.argv.slice(2).filter((argument) => !argument.startsWith('--'));
const unknown = names.filter((name) => !benchmarks[name]);
if (unknown.length > 0) {
  console.error(`No benchmark is called ${unknown.join(', ')}. Known: ${Object.keys(benchmarks).join(', ')}.`);
  process.exit(1);
}

const rows: Row[] = [];
for (const [name, run] of Object.entries(benchmarks)) if (names.length === 0 || names.includes(name)) rows.push(...(await run()));
if (process.argv.includes('--json')) console.log(JSON.stringify({ surroundings: surroundings(), rows }, null, 2));
else console.log(`${surroundings()}\n\n${markdownTable(rows)}`);
process.exit(0);
