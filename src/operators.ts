import { chmod, link, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { examine, type HealthCheck } from './health.ts';
import type { DecryptingPurpose, KeyStore, SigningPurpose } from './keys/keys.ts';
import { equalBytes, randomHandle, sha256 } from './lib/bytes.ts';
import type { Log } from './lib/log.ts';
import { StartFault } from './lib/start-fault.ts';
import { Refusal } from './oauth/refusal.ts';
import { operatorRoutes } from './routes.ts';
import { createServer } from './server.ts';

/** What an operator may do; every route of this listener declares one or the process does not start (quality Q16). */
export type OperatorRole = 'owner' | 'support' | 'issuing-clerk' | 'revocation-officer';

declare module 'fastify' {
  interface FastifyContextConfig {
    operatorRole?: OperatorRole;
  }
}

export interface OperatorOptions {
  readonly log: Log;
  readonly keys: KeyStore;
  readonly checks: readonly HealthCheck[];
  /** Key purposes of this process that may be rotated. */
  readonly purposes: readonly (SigningPurpose | DecryptingPurpose)[];
  /** The services' own routes for operators. */
  readonly mounts: readonly ((server: FastifyInstance) => void)[];
  /** SQL statements sent so far by each role. */
  readonly statements: () => Readonly<Record<string, number>>;
  /** SHA-256 of each operator's key, and what it may do. */
  readonly operators: readonly { readonly keyHash: Uint8Array; readonly roles: readonly OperatorRole[] }[];
}

/** 32 random bytes as base64url; shorter is no key. */
const leastKeyLength = 43;

/** The first operator's key: made at first start, kept in a file only its owner can read, shown nowhere else. */
export async function readOperatorKey(folder: string): Promise<string> {
  const file = join(folder, 'operator-key');
  const draft = `${file}-${randomHandle()}`;
  try {
    await writeFile(draft, `${randomHandle()}\n`, { flag: 'wx', mode: 0o600 });
    // Whole or not at all: half a key, or none, must never stand there under this name.
    await link(draft, file);
  } catch (fault) {
    if ((fault as NodeJS.ErrnoException).code !== 'EEXIST') throw fault;
  } finally {
    await rm(draft, { force: true });
  }
  await chmod(file, 0o600);
  const key = (await readFile(file, 'utf8')).trim();
  if (key.length < leastKeyLength)
    throw new StartFault(`The file ${file} holds no operator key. Remove it, and start again to get a new one.`);
  return key;
}

function guard(request: FastifyRequest, operators: OperatorOptions['operators']): void {
  const [scheme, key] = (request.headers.authorization ?? '').split(' ');
  const presented = scheme?.toLowerCase() === 'bearer' && key ? sha256(key) : undefined;
  const operator = presented && operators.find((entry) => equalBytes(entry.keyHash, presented));
  if (!operator)
    throw new Refusal(401, 'invalid_token', 'An operator key is needed.', { headers: { 'www-authenticate': 'Bearer realm="operators"' } });
  const wanted = request.routeOptions.config.operatorRole;
  if (!wanted || !operator.roles.includes(wanted))
    throw new Refusal(403, 'insufficient_scope', 'This operator key may not do this.', {
      headers: { 'www-authenticate': 'Bearer realm="operators", error="insufficient_scope"' },
    });
}

/** The operators' own listener: one guard in front of every route, loopback only by default. */
export function createOperatorServer(options: OperatorOptions): FastifyInstance {
  const server = createServer({ log: options.log, trustedProxies: [] });
  server.addHook('onRoute', (route) => {
    if (!route.config?.operatorRole) throw new Error(`The operators' route ${route.url} declares no role.`);
  });
  server.addHook('onRequest', async (request) => guard(request, options.operators));
  server.get(operatorRoutes.health, { config: { operatorRole: 'support' } }, async () => ({ checks: await examine(options.checks) }));
  server.get(operatorRoutes.statistics, { config: { operatorRole: 'support' } }, async () => ({ statements: options.statements() }));
  server.post<{ Body: { purpose?: unknown } | undefined }>(
    operatorRoutes.rotateKey,
    { config: { operatorRole: 'owner' } },
    async (request) => {
      const purpose = options.purposes.find((known) => known === request.body?.purpose);
      if (!purpose) throw new Refusal(400, 'invalid_request', `The member purpose must be one of: ${options.purposes.join(', ')}.`);
      await options.keys.rotate(purpose);
      options.log.write('info', 'key-rotated', { outcome: purpose });
      return { purpose, keys: (await options.keys.published(purpose)).map((key) => key.kid) };
    },
  );
  for (const mount of options.mounts) mount(server);
  return server;
}
