import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { startInstance } from '../../test/support/instance.ts';
import { demoWithPreAuthorizedCodes } from '../../test/support/offers.ts';
import type { GeneratedPage } from './page.ts';

/** The interface as a running product describes it, with everything switched on that adds a route. */
export async function makeOpenApiPage(): Promise<GeneratedPage> {
  const config = await demoWithPreAuthorizedCodes();
  const instance = await startInstance({ environment: { CHANCERY_CONFIG: config.file } });
  try {
    const key = (await readFile(join(instance.dataFolder, 'operator-key'), 'utf8')).trim();
    const answer = await fetch(new URL('/openapi.json', instance.operators), { headers: { authorization: `Bearer ${key}` } });
    if (answer.status !== 200) throw new Error(`The interface is not described: ${await answer.text()}\n${instance.output()}`);
    const document = (await answer.json()) as Readonly<Record<string, unknown>>;
    if (document['x-undescribed']) throw new Error(`Describe these routes in the interface.ts of their room: ${document['x-undescribed']}`);
    return { path: 'docs/reference/openapi.json', text: `${JSON.stringify(document, null, 2)}\n` };
  } finally {
    await instance.stop();
    await config.remove();
  }
}
