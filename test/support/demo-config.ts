import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const demo = new URL('../../examples/demo/', import.meta.url);

interface DemoConfig {
  readonly registries: Record<string, { file: string }>;
  readonly authorization: { readonly clients: Record<string, unknown>[]; limits?: unknown };
  readonly issuers: Record<string, { types: string[]; display: { logo?: { file: string } }[] }>;
}

const absolute = (file: string) => fileURLToPath(new URL(file, demo));

/** The demo's configuration with a change, in a folder of its own; its files stay where they are. */
export async function writeDemoConfig(change: (config: DemoConfig) => void): Promise<{ file: string; remove(): Promise<void> }> {
  const config = JSON.parse(await readFile(new URL('chancery.json', demo), 'utf8')) as DemoConfig;
  for (const registry of Object.values(config.registries)) registry.file = absolute(registry.file);
  for (const issuer of Object.values(config.issuers)) {
    issuer.types = issuer.types.map(absolute);
    for (const { logo } of issuer.display) if (logo) logo.file = absolute(logo.file);
  }
  change(config);
  const folder = await mkdtemp(join(tmpdir(), 'chancery-config-'));
  const file = join(folder, 'chancery.json');
  await writeFile(file, JSON.stringify(config));
  return { file, remove: () => rm(folder, { recursive: true, force: true }) };
}
