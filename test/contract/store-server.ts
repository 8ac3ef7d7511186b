import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/lib/log.ts';
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { readServerRecord } from '../../src/store/embedded/liveness.ts';
import { testSettings } from '../support/database.ts';

export interface TestServer {
  readonly server: EmbeddedPostgres;
  readonly folder: string;
  /** Ends the server as a crash does, and starts it again on its data. */
  killAndRestart(options?: Partial<EmbeddedOptions>): Promise<EmbeddedPostgres>;
  remove(): Promise<void>;
}

/** A cluster of the test's own: by `tcp` it stands for the PostgreSQL that an operator names in DATABASE_URL. */
export async function startTestServer(options: Partial<EmbeddedOptions> = {}): Promise<TestServer> {
  const folder = join(await mkdtemp(join(tmpdir(), 'chancery-store-')), 'postgres');
  const server = await startEmbeddedPostgres({ folder, log: silentLog, settings: testSettings, ...options });
  return {
    server,
    folder,
    async killAndRestart(more = {}) {
      const record = await readServerRecord(join(folder, 'cluster'));
      if (!record) throw new Error('No server runs.');
      process.kill(record.pid, 'SIGKILL');
      return startEmbeddedPostgres({ folder, log: silentLog, settings: testSettings, ...options, ...more });
    },
    remove: async () => {
      await server.stop();
      await rm(join(folder, '..'), { recursive: true, force: true });
    },
  };
}
