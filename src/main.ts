import { startApp } from './app.ts';
import { readConfig, summariseConfig } from './config.ts';
import { systemClock } from './lib/clock.ts';
import { createLog } from './lib/log.ts';
import { StartFault } from './lib/start-fault.ts';

const say = (sentence: string) => console.log(sentence);

async function run(): Promise<void> {
  const config = await readConfig();
  if (process.argv.includes('--check')) return say(`The configuration is sound.\n${summariseConfig(config)}`);
  const log = createLog({ level: config.logLevel, line: (text) => process.stderr.write(`${text}\n`), now: () => new Date() });
  const app = await startApp(config, { clock: systemClock, log, say });
  let stopping = false;
  // Ctrl-C arrives twice when a launcher forwards it: the second must not cut the first stop short.
  const stop = (signal: NodeJS.Signals) => {
    if (stopping) return;
    stopping = true;
    say(`Stopping (${signal}) …`);
    app.close().then(
      () => process.exit(0),
      (fault: unknown) => {
        console.error(fault instanceof Error ? fault.message : fault);
        process.exit(1);
      },
    );
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, stop);
  say(`Chancery is ready at ${app.address} (${config.mode} mode, roles: ${config.roles.join(', ')}). Stop with Ctrl-C.`);
}

run().catch((fault: unknown) => {
  console.error(fault instanceof StartFault ? fault.message : fault);
  process.exit(1);
});
