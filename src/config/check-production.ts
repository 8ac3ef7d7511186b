import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import type { Config } from '../config-schema.ts';
import type { Faults } from './check-value.ts';
import type { VariableSettings } from './variables.ts';

const knownPasswords = /^(|admin|changeme|chancery|demo|example|password|postgres|root|secret|test|user)\d{0,4}$/i;

/** A key that somebody typed or counted instead of drawing it: few different bytes, or equal steps. 32 random bytes hold 16 or fewer different ones about once in 10^17. */
function looksWeak(key: Uint8Array): boolean {
  const steps = new Set(Array.from(key.subarray(1), (byte, index) => (byte - (key[index] ?? 0)) & 0xff));
  const letters = Array.from(key).every((byte) => byte >= 0x20 && byte < 0x7f);
  return new Set(key).size <= 16 || steps.size <= 2 || letters;
}

function checkSecrets({ keyEncryptionKey, databaseUrl }: VariableSettings, faults: Faults): void {
  if (!keyEncryptionKey) faults.add('CHANCERY_KEY_ENCRYPTION_KEY', 'is missing; production needs 32 random bytes as base64url.');
  else if (looksWeak(keyEncryptionKey)) faults.add('CHANCERY_KEY_ENCRYPTION_KEY', 'is not random; draw 32 bytes from a random generator.');
  const password = URL.parse(databaseUrl ?? '')?.password;
  if (password && knownPasswords.test(decodeURIComponent(password))) faults.add('DATABASE_URL', 'holds a password that everybody knows.');
}

function isSecure(address: string): boolean {
  return URL.parse(address)?.protocol === 'https:';
}

/** What production refuses in the variables, whatever the settings file says (design D20). */
export function checkProductionVariables(settings: VariableSettings, faults: Faults): void {
  for (const [role, { href }] of Object.entries(settings.publicUrls))
    if (!isSecure(href)) faults.add(`CHANCERY_PUBLIC_URL_${role.toUpperCase()}`, `${href} must be https in production.`);
  checkSecrets(settings, faults);
  if (settings.trustedProxies.length === 0)
    faults.add('CHANCERY_TRUSTED_PROXIES', 'is missing; name the proxy that ends TLS in front of this process.');
}

/** Addresses of neighbours; one derived from a public address of ours has been judged with it. */
function checkNeighbours({ publicUrls, issuers, wallet, authorization, operators }: Config, faults: Faults): void {
  const addresses: readonly (readonly [string, string])[] = [
    ...issuers.flatMap(({ name, authorizationServers }) =>
      authorizationServers.map(({ issuer }) => [`issuers.${name}.authorizationServers`, issuer] as const),
    ),
    ...authorization.credentialIssuers.map((identifier) => ['authorization.credentialIssuers', identifier] as const),
    ...authorization.clients.map(({ clientId, jwksUri = 'https:' }) => [`authorization.clients ${clientId}`, jwksUri] as const),
    ...(operators.authorizationServer ? [['operators.authorizationServer.issuer', operators.authorizationServer.issuer] as const] : []),
    ...wallet.issuers.map(({ identifier }) => ['wallet.issuers', identifier] as const),
    ...Object.keys(wallet.clients).map((server) => ['wallet.clients', server] as const),
  ];
  const ours = Object.values(publicUrls).map(({ origin }) => origin);
  for (const [path, address] of addresses)
    if (!address.startsWith('https:') && !ours.includes(URL.parse(address)?.origin ?? ''))
      faults.add(path, `${address} must be https in production.`);
}

async function fingerprint(file: string): Promise<string> {
  const digest = createHash('sha256');
  for await (const chunk of createReadStream(file)) digest.update(chunk as Buffer);
  return digest.digest('hex');
}

/** The sample people under another name are still the sample people, whose passwords everybody can read. */
async function isSample(file: string, demoFolder: string): Promise<boolean> {
  if (!relative(demoFolder, file).startsWith('..')) return true;
  const sample = join(demoFolder, 'people.csv');
  try {
    const [one, other] = [await stat(file), await stat(sample)];
    return one.size === other.size && (await fingerprint(file)) === (await fingerprint(sample));
  } catch {
    // A file that is not there has been named already, or the examples were not shipped.
    return false;
  }
}

/** What production refuses in the settings file: sample data, examples, neighbours without TLS (design D20). */
export async function checkProductionFile(config: Config, examplesFolder: string, faults: Faults): Promise<void> {
  checkNeighbours(config, faults);
  for (const [name, { file }] of Object.entries(config.registries))
    if (await isSample(file, join(examplesFolder, 'demo'))) faults.add(`registries.${name}.file`, 'is the sample data of the demo.');
  if (!relative(examplesFolder, config.file).startsWith('..'))
    faults.add('CHANCERY_CONFIG', 'is an example; production needs settings of its own.');
}
