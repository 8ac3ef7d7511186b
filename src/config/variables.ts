import { isIP } from 'node:net';
import type { Mode, Role } from '../config-schema.ts';
import { readBase64url } from '../lib/bytes.ts';
import type { LogLevel } from '../lib/log.ts';
import { suggestion } from '../lib/nearest.ts';
import type { Faults } from './check-value.ts';

interface Variable {
  readonly default: string;
  readonly meaning: string;
}

/** Every variable of the environment that is read; nothing else of it is. */
export const variables = {
  CHANCERY_CONFIG: { default: 'examples/demo/chancery.json', meaning: 'The settings file.' },
  PORT: { default: '8080', meaning: 'Port of the public listener.' },
  HOST: { default: '127.0.0.1', meaning: 'Address of the public listener; 0.0.0.0 for every network of this machine.' },
  CHANCERY_DATA: { default: 'data', meaning: 'Folder for keys and the embedded database.' },
  CHANCERY_ROLES: { default: 'wallet,authorization,issuer', meaning: 'Services of this process, between commas.' },
  CHANCERY_MODE: { default: 'demo', meaning: 'demo or production. Production refuses http, sample data, missing and weak secrets.' },
  CHANCERY_KEY_ENCRYPTION_KEY: {
    default: '',
    meaning: '32 random bytes as base64url: encrypts the keys of the file key store. Required in production.',
  },
  CHANCERY_TRUSTED_PROXIES: {
    default: '',
    meaning: 'Addresses or networks (CIDR) of the proxies in front, between commas. Required in production.',
  },
  CHANCERY_OPERATOR_PORT: { default: '8090', meaning: "Port of the operators' listener, on loopback." },
  CHANCERY_OPERATOR_URL: {
    default: 'http://127.0.0.1:<CHANCERY_OPERATOR_PORT>',
    meaning: "Operators' listener that the command line asks.",
  },
  CHANCERY_OPERATOR_KEY: {
    default: '',
    meaning: 'Operator key of the command line; without it the file operator-key of the data folder is read.',
  },
  DATABASE_URL: { default: '', meaning: 'A PostgreSQL address; without it a PostgreSQL of our own runs in the data folder.' },
  CHANCERY_PUBLIC_URL: { default: 'http://localhost:<PORT>', meaning: 'Public address of all roles, when they share one host.' },
  CHANCERY_PUBLIC_URL_WALLET: { default: '<CHANCERY_PUBLIC_URL>', meaning: 'Public address of the wallet: the root of its host.' },
  CHANCERY_PUBLIC_URL_AUTHORIZATION: {
    default: '<CHANCERY_PUBLIC_URL>/authorization',
    meaning: 'Public address and issuer identifier of the authorization server.',
  },
  CHANCERY_PUBLIC_URL_ISSUER: {
    default: '<CHANCERY_PUBLIC_URL>',
    meaning: 'Public address under which the Credential Issuers stand, each at /issuers/<name>.',
  },
  CHANCERY_LOG_LEVEL: { default: 'info', meaning: 'debug, info, warn or error.' },
} as const satisfies Record<string, Variable>;
type Name = keyof typeof variables;

export type Environment = Readonly<Record<string, string | undefined>>;

/** What the variables say; `undefined` where nothing was said and the default depends on the settings file. */
export interface VariableSettings {
  readonly file: string | undefined;
  readonly port: number;
  readonly host: string;
  readonly dataFolder: string;
  readonly roles: readonly Role[] | undefined;
  readonly mode: Mode;
  readonly keyEncryptionKey: Uint8Array | undefined;
  readonly trustedProxies: readonly string[];
  readonly operatorPort: number;
  readonly databaseUrl: string | undefined;
  /** What the command line asks, and with which key. */
  readonly operatorUrl: URL;
  readonly operatorKey: string | undefined;
  readonly publicUrls: { readonly wallet: URL; readonly authorization: URL; readonly issuer: URL };
  /** A public address of the wallet was named, so a wallet of ours exists even if it runs elsewhere. */
  readonly walletNamed: boolean;
  readonly logLevel: LogLevel;
}

class Reader {
  readonly #environment: Environment;
  readonly faults: Faults;
  constructor(environment: Environment, faults: Faults) {
    this.#environment = environment;
    this.faults = faults;
  }
  /** An empty variable says nothing. */
  text(name: Name): string | undefined {
    return this.#environment[name]?.trim() || undefined;
  }
  list(name: Name): readonly string[] {
    return (this.text(name)?.split(',') ?? []).map((part) => part.trim()).filter((part) => part !== '');
  }
  port(name: Name): number {
    const port = Number(this.text(name) ?? variables[name].default);
    if (Number.isInteger(port) && port >= 1 && port <= 65_535) return port;
    this.faults.add(name, 'must be a port from 1 to 65535.');
    return Number(variables[name].default);
  }
  choice<T extends string>(name: Name, known: readonly T[]): T {
    const value = this.text(name) ?? variables[name].default;
    const found = known.find((candidate) => candidate === value);
    if (found === undefined) this.faults.add(name, `must be one of ${known.join(', ')}.${suggestion(value, known)}`);
    return found ?? (known[0] as T);
  }
  address(name: Name): URL | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    const url = URL.parse(value);
    if (!url || !['http:', 'https:'].includes(url.protocol) || url.search || url.hash || url.username || url.password) {
      this.faults.add(name, 'must be an http or https address without user, query and fragment.');
      return undefined;
    }
    return url;
  }
}

function readRoles(read: Reader): readonly Role[] | undefined {
  const known: readonly Role[] = ['wallet', 'authorization', 'issuer'];
  const named = read.list('CHANCERY_ROLES');
  for (const name of named)
    if (!known.includes(name as Role)) read.faults.add('CHANCERY_ROLES', `${name} is not a role.${suggestion(name, known)}`);
  const roles = known.filter((role) => named.includes(role));
  return named.length > 0 ? roles : undefined;
}

function readKey(read: Reader): Uint8Array | undefined {
  const value = read.text('CHANCERY_KEY_ENCRYPTION_KEY');
  if (value === undefined) return undefined;
  const key = readBase64url(value);
  if (key?.byteLength !== 32)
    read.faults.add('CHANCERY_KEY_ENCRYPTION_KEY', 'must be 32 bytes as base64url without padding (43 characters).');
  return key;
}

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return false;
  return prefix === undefined || (/^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (version === 4 ? 32 : 128));
}

function readProxies(read: Reader): readonly string[] {
  const proxies = read.list('CHANCERY_TRUSTED_PROXIES');
  for (const proxy of proxies)
    if (!isNetwork(proxy)) read.faults.add('CHANCERY_TRUSTED_PROXIES', `${proxy} is not an address or a network such as 10.0.0.0/8.`);
  return proxies;
}

function readDatabaseUrl(read: Reader): string | undefined {
  const value = read.text('DATABASE_URL');
  if (value !== undefined && !/^postgres(ql)?:$/.test(URL.parse(value)?.protocol ?? ''))
    read.faults.add('DATABASE_URL', 'must be a PostgreSQL address: postgres://user:password@host:port/database.');
  return value;
}

function readPublicUrls(read: Reader, port: number): VariableSettings['publicUrls'] {
  const base = read.address('CHANCERY_PUBLIC_URL') ?? new URL(`http://localhost:${port}`);
  const wallet = read.address('CHANCERY_PUBLIC_URL_WALLET') ?? base;
  if (wallet.pathname !== '/') read.faults.add('CHANCERY_PUBLIC_URL_WALLET', 'must be the root of its host, without a path.');
  return {
    wallet,
    authorization: read.address('CHANCERY_PUBLIC_URL_AUTHORIZATION') ?? new URL(`${base.href.replace(/\/$/, '')}/authorization`),
    issuer: read.address('CHANCERY_PUBLIC_URL_ISSUER') ?? base,
  };
}

function refuseUnknown(environment: Environment, faults: Faults): void {
  const known = Object.keys(variables);
  for (const name of Object.keys(environment))
    if (name.startsWith('CHANCERY_') && !known.includes(name)) faults.add(name, `is not known.${suggestion(name, known)}`);
}

/** Reads the variables; a fault is added for each that cannot be used, and its default stands in so that reading goes on. */
export function readVariables(environment: Environment, faults: Faults): VariableSettings {
  const read = new Reader(environment, faults);
  refuseUnknown(environment, faults);
  const [port, operatorPort] = [read.port('PORT'), read.port('CHANCERY_OPERATOR_PORT')];
  if (port === operatorPort) faults.add('CHANCERY_OPERATOR_PORT', 'must differ from PORT.');
  return {
    file: read.text('CHANCERY_CONFIG'),
    port,
    host: read.text('HOST') ?? variables.HOST.default,
    dataFolder: read.text('CHANCERY_DATA') ?? variables.CHANCERY_DATA.default,
    roles: readRoles(read),
    mode: read.choice('CHANCERY_MODE', ['demo', 'production']),
    keyEncryptionKey: readKey(read),
    trustedProxies: readProxies(read),
    operatorPort,
    databaseUrl: readDatabaseUrl(read),
    operatorUrl: read.address('CHANCERY_OPERATOR_URL') ?? new URL(`http://127.0.0.1:${operatorPort}`),
    operatorKey: read.text('CHANCERY_OPERATOR_KEY'),
    publicUrls: readPublicUrls(read, port),
    walletNamed: (read.text('CHANCERY_PUBLIC_URL_WALLET') ?? read.text('CHANCERY_PUBLIC_URL')) !== undefined,
    logLevel: read.choice('CHANCERY_LOG_LEVEL', ['info', 'debug', 'warn', 'error']),
  };
}
