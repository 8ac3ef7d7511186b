import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Value } from 'typebox/value';
import { checkMeaning } from './config/check-meaning.ts';
import { checkProductionFile, checkProductionVariables } from './config/check-production.ts';
import { checkValue, Faults } from './config/check-value.ts';
import { resolveConfig } from './config/resolve-config.ts';
import { type Environment, readVariables, type VariableSettings, variables } from './config/variables.ts';
import { type Config, ConfigFile } from './config-schema.ts';
import { StartFault } from './lib/start-fault.ts';

const productFolder = fileURLToPath(new URL('..', import.meta.url));

export interface ConfigSource {
  /** By default the environment of this process; this is the only place that reads it. */
  readonly environment?: Environment;
  /** Relative paths in variables start here; by default where the process was started. */
  readonly workingFolder?: string;
}

async function readJson(file: string): Promise<unknown> {
  const text = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new StartFault(`The settings file ${file} cannot be read. Correct CHANCERY_CONFIG.`, cause);
  });
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new StartFault(`The settings file ${file} is not JSON: ${(cause as Error).message}.`, cause);
  }
}

function checkShape(raw: unknown, faults: Faults): raw is ConfigFile {
  const before = faults.sentences.length;
  checkValue(ConfigFile as object, raw, '', faults);
  if (faults.sentences.length > before) return false;
  // The library judges last: a rule that our sentences forgot still refuses.
  if (!Value.Check(ConfigFile, raw)) faults.add('the settings file', 'does not have the documented shape.');
  return faults.sentences.length === before;
}

async function readFileSettings(settings: VariableSettings, workingFolder: string, faults: Faults): Promise<Config | undefined> {
  const file = settings.file === undefined ? join(productFolder, variables.CHANCERY_CONFIG.default) : resolve(workingFolder, settings.file);
  const raw = await readJson(file);
  if (!checkShape(raw, faults)) return undefined;
  const config = resolveConfig(raw, settings, { file, folder: dirname(file), dataFolder: resolve(workingFolder, settings.dataFolder) });
  await checkMeaning(raw, config, faults);
  if (config.mode === 'production') await checkProductionFile(config, join(productFolder, 'examples'), faults);
  return config;
}

/**
 * Reads the variables and the settings file they name, checks both, and fills in defaults.
 * Throws one `StartFault` that names every fault with its path.
 */
export async function readConfig({ environment = process.env, workingFolder = process.cwd() }: ConfigSource = {}): Promise<Config> {
  const faults = new Faults();
  const settings = readVariables(environment, faults);
  if (settings.mode === 'production') checkProductionVariables(settings, faults);
  const config = await readFileSettings(settings, workingFolder, faults);
  if (faults.sentences.length > 0 || !config)
    throw new StartFault(`The settings cannot be used:\n${faults.sentences.map((sentence) => `  ${sentence}`).join('\n')}`);
  return config;
}

/** What the command line needs to know of a running product. */
export interface ClientSettings {
  readonly url: URL;
  /** `undefined` where neither the variable nor the file of the data folder holds one. */
  readonly key: string | undefined;
  /** Public address of the Credential Issuers. */
  readonly issuerUrl: URL;
}

/** Reads the variables alone. Throws one `StartFault` that names every fault. */
export async function readClientSettings({
  environment = process.env,
  workingFolder = process.cwd(),
}: ConfigSource = {}): Promise<ClientSettings> {
  const faults = new Faults();
  const { operatorUrl: url, operatorKey, dataFolder, publicUrls } = readVariables(environment, faults);
  if (faults.sentences.length > 0) throw new StartFault(`The settings cannot be used:\n  ${faults.sentences.join('\n  ')}`);
  const inFile = () => readFile(join(resolve(workingFolder, dataFolder), 'operator-key'), 'utf8').catch(() => '');
  return { url, key: operatorKey ?? ((await inFile()).trim() || undefined), issuerUrl: publicUrls.issuer };
}

/** What a sound configuration comes to, for the operator's eyes: addresses and names, no secret. */
export function summariseConfig(config: Config): string {
  const { publicUrls, issuers, authorization, registries, databaseUrl } = config;
  const database =
    databaseUrl === undefined ? `embedded, in ${join(config.dataFolder, 'postgres')}` : `PostgreSQL at ${URL.parse(databaseUrl)?.host}`;
  const lines: readonly (readonly [string, string])[] = [
    ['settings file', config.file],
    ['mode', config.mode],
    ['roles', config.roles.join(', ')],
    ['listens on', `${config.host} port ${config.port}; operators on 127.0.0.1 port ${config.operatorPort}`],
    ['trusted proxies', config.trustedProxies.join(', ') || 'none'],
    ['key-encryption key', config.keyEncryptionKey ? 'given' : 'made for the demo in the data folder'],
    ['data folder', config.dataFolder],
    ['database', database],
    ['wallet', publicUrls.wallet.href],
    ['authorization server', publicUrls.authorization.href],
    ['sign-in by', authorization.factors.join(', ') || 'nothing'],
    ['clients', authorization.clients.map(({ clientId }) => clientId).join(', ') || 'none'],
    ...issuers.map(({ name, identifier, types }) => [`issuer ${name}`, `${identifier}, ${types.length} credential types`] as const),
    ...Object.entries(registries).map(([name, { kind, file }]) => [`registry ${name}`, `${kind}, ${file}`] as const),
  ];
  const width = Math.max(...lines.map(([label]) => label.length));
  return lines.map(([label, value]) => `  ${label.padEnd(width)}  ${value}`).join('\n');
}

export { describeSettings } from './config/describe-settings.ts';
