import { silentLog } from '../../src/lib/log.ts';
import { type EmbeddedOptions, startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';

/** A process that holds an embedded database: it tells how it got it, and stops it when told so. */
const options = JSON.parse(process.argv[2] ?? '{}') as Omit<EmbeddedOptions, 'log'>;
try {
  const postgres = await startEmbeddedPostgres({ ...options, log: silentLog });
  process.once('message', () => {
    postgres.stop().then(() => process.exit(0));
  });
  process.send?.({ connection: postgres.connection, owned: postgres.owned });
} catch (fault) {
  process.send?.({ fault: String(fault) });
  process.disconnect?.();
}
