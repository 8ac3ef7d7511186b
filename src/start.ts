import { access, constants, mkdir } from 'node:fs/promises';
import type { FastifyInstance } from 'fastify';
import type { Config } from './config-schema.ts';
import type { DecryptingPurpose, SigningPurpose } from './keys/keys.ts';
import { StartFault } from './lib/start-fault.ts';

/** What has been opened so far, closed in reverse whether starting succeeded or not. */
export class Opened {
  readonly #closers: (() => Promise<unknown>)[] = [];
  add(close: () => Promise<unknown>): void {
    this.#closers.push(close);
  }
  async close(): Promise<void> {
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}

export async function prepareFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new StartFault(`The data folder ${folder} cannot be written. Make it writable, or name another one in CHANCERY_DATA.`, cause);
  }
}

/** Design D19: an address at the origin of a configured neighbour counts as configured; one at a registry never does. */
export function trustedOrigins({ publicUrls, wallet, issuers, authorization, operators }: Config): readonly URL[] {
  const configured = [
    ...Object.values(publicUrls).map(String),
    ...wallet.issuers.flatMap(({ identifier, trustAnchor }) => [identifier, trustAnchor]),
    ...Object.keys(wallet.clients),
    ...issuers.flatMap(({ authorizationServers }) => authorizationServers.map(({ issuer }) => issuer)),
    ...authorization.credentialIssuers,
    ...(operators.authorizationServer ? [operators.authorizationServer.issuer] : []),
    ...authorization.clients.flatMap(({ jwksUri }) => (jwksUri ? [jwksUri] : [])),
  ];
  const origins = new Set(configured.filter((address) => URL.canParse(address)).map((address) => new URL(address).origin));
  return [...origins].filter((origin) => origin !== 'null').map((origin) => new URL(origin));
}

export async function listen(server: FastifyInstance, host: string, port: number, setting: string): Promise<void> {
  try {
    await server.listen({ host, port });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EADDRINUSE')
      throw new StartFault(`Port ${port} is taken by another program. Stop it, or choose another port with ${setting}.`, cause);
    if (code === 'EACCES')
      throw new StartFault(`Port ${port} may not be used by this user. Choose a port above 1023 with ${setting}.`, cause);
    if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND')
      throw new StartFault(`The address ${host} is not one of this machine. Correct HOST.`, cause);
    throw cause;
  }
}

export function rotatable({ roles, issuers }: Config): readonly (SigningPurpose | DecryptingPurpose)[] {
  return [
    ...(roles.includes('authorization') ? (['access-token', 'id-token'] as const) : []),
    ...(roles.includes('wallet') ? (['wallet-client'] as const) : []),
    ...(roles.includes('issuer')
      ? issuers.flatMap(({ name }) => [`credential:${name}`, `registry-reference:${name}`, `request-encryption:${name}`] as const)
      : []),
  ];
}
