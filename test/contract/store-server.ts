import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { silentLog } from '../../src/lib/log.ts';
import { type EmbeddedOptions, type EmbeddedPostgres, startEmbeddedPostgres } from '../../src/store/embedded/embedded.ts';
import { testSettings } from '../support/database.ts';

export interface TestServer {
  readonly server: EmbeddedPostgres;
  readonly folder: string;
  remove(): Promise<void>;
}

/** A cluster of the test's own: by `tcp` it stands for the PostgreSQL that an operator names in DATABASE_URL. */
export async function startTestServer(options: Partial<EmbeddedOptions> = {}): Promise<TestServer> {
  const folder = join(await mkdtemp(join(tmpdir(), 'chancery-store-')), 'postgres');
  const server = await startEmbeddedPostgres({ folder, log: silentLog, settings: testSettings, ...options });
  return {
    server,
    folder,
    remove: async () => {
      await server.stop();
      await rm(join(folder, '..'), { recursive: true, force: true });
    },
  };
}
