import { resolve } from 'node:path';
import type {
  AuthorizationConfig,
  ClientConfig,
  Config,
  ConfigFile,
  IssuerConfig,
  RegistryConfig,
  Role,
  WalletConfig,
} from '../config-schema.ts';
import { issuerIdentifier, issuerRoutes, under, walletRoutes } from '../routes.ts';
import { defaultLimits, defaultPreAuthorizedCode, defaultRefreshTokenDays } from './authorization-schema.ts';
import { defaultDeferral } from './deferral-schema.ts';
import { defaultOperatorClaim } from './operators-schema.ts';
import type { VariableSettings } from './variables.ts';

const everyRole: readonly Role[] = ['wallet', 'authorization', 'issuer'];
const ownWalletClient = 'wallet';

/** An identifier is compared letter by letter: a host alone has no slash after it, as RFC 8414 §2 writes it. */
const identifierOf = (url: URL) => url.href.replace(/\/$/, '');

function resolveRegistries(file: ConfigFile, folder: string): Record<string, RegistryConfig> {
  return Object.fromEntries(
    Object.entries(file.registries ?? {}).map(([name, registry]) => [name, { ...registry, file: resolve(folder, registry.file) }]),
  );
}

/** Its trust anchors as absolute paths. */
function inFolder<Trust extends { readonly anchors?: readonly string[] }>(trust: Trust, folder: string): Trust {
  return trust.anchors ? { ...trust, anchors: trust.anchors.map((file) => resolve(folder, file)) } : trust;
}

function resolveIssuers(file: ConfigFile, { publicUrls }: VariableSettings, folder: string): readonly IssuerConfig[] {
  const own = [{ issuer: identifierOf(publicUrls.authorization), subject: { from: 'registry_reference' as const } }];
  return Object.entries(file.issuers ?? {}).map(([name, issuer]) => ({
    ...issuer,
    name,
    identifier: issuerIdentifier(publicUrls.issuer, name),
    display: issuer.display.map((entry) =>
      entry.logo ? { ...entry, logo: { ...entry.logo, file: resolve(folder, entry.logo.file) } } : entry,
    ),
    types: issuer.types.map((type) => resolve(folder, type)),
    authorizationServers: issuer.authorizationServers ?? own,
    messageEncryption: issuer.messageEncryption ?? 'off',
    deferral: { ...defaultDeferral, ...issuer.deferral },
    ...(issuer.keyAttestation && { keyAttestation: inFolder(issuer.keyAttestation, folder) }),
    ...(issuer.holderCertificates && { holderCertificates: inFolder(issuer.holderCertificates, folder) }),
    compatibility: issuer.compatibility ?? 'off',
  }));
}

/** Our own wallet at our own authorization server: confidential, keys at its own address, PAR and DPoP required. */
function ownClient(walletUrl: URL): ClientConfig {
  return {
    clientId: ownWalletClient,
    name: { en: 'Chancery wallet', ar: 'محفظة Chancery', ta: 'Chancery ஆவணப்பை' },
    redirectUris: [under(walletUrl, walletRoutes.callback).href],
    authentication: 'private_key_jwt',
    jwksUri: under(walletUrl, walletRoutes.jwks).href,
    requirePushedAuthorization: true,
    requireDpop: true,
  };
}

interface Neighbours {
  readonly roles: readonly Role[];
  readonly settings: VariableSettings;
  readonly issuers: readonly IssuerConfig[];
}

function resolveAuthorization(file: ConfigFile, { roles, settings, issuers }: Neighbours): AuthorizationConfig {
  const { registry = '', factors = [], clients = [], credentialIssuers = [], consent = {}, limits = {} } = file.authorization ?? {};
  const { preAuthorizedCode, tryWith, refreshTokenDays = defaultRefreshTokenDays } = file.authorization ?? {};
  const walletIsOurs = roles.includes('wallet') || settings.walletNamed;
  const wallet =
    walletIsOurs && !clients.some(({ clientId }) => clientId === ownWalletClient) ? [ownClient(settings.publicUrls.wallet)] : [];
  return {
    registry,
    factors,
    clients: [...wallet, ...clients],
    credentialIssuers: [...new Set([...issuers.map(({ identifier }) => identifier), ...credentialIssuers])],
    consent,
    limits: { ...defaultLimits, ...limits },
    refreshTokenDays,
    preAuthorizedCode: preAuthorizedCode && { ...defaultPreAuthorizedCode, ...preAuthorizedCode },
    mailbox: settings.mode === 'demo',
    tryWith,
    wallet: walletIsOurs ? settings.publicUrls.wallet.href : undefined,
  };
}

const anchorOf = (identifier: string) => identifier.replace(/\/$/, '') + issuerRoutes.trustAnchor;

function resolveWallet(file: ConfigFile, { settings, issuers }: Neighbours, folder: string): WalletConfig {
  const named = (file.wallet?.issuers ?? []).map(({ identifier, trustAnchor = anchorOf(identifier) }) => ({
    identifier,
    trustAnchor: URL.canParse(trustAnchor) ? trustAnchor : resolve(folder, trustAnchor),
  }));
  const own = issuers
    .filter(({ identifier }) => !named.some((other) => other.identifier === identifier))
    .map(({ identifier }) => ({ identifier, trustAnchor: anchorOf(identifier) }));
  const server = identifierOf(settings.publicUrls.authorization);
  return {
    issuers: [...own, ...named],
    clients: {
      ...(file.authorization || file.wallet?.clients === undefined ? { [server]: { clientId: ownWalletClient } } : {}),
      ...file.wallet?.clients,
    },
    categories: file.wallet?.categories ?? [],
  };
}

function resolveOperators(file: ConfigFile): Config['operators'] {
  const server = file.operators?.authorizationServer;
  return server ? { authorizationServer: { claim: defaultOperatorClaim, ...server } } : {};
}

/**
 * Fills in defaults and makes every path absolute (against the folder of the settings file) and every neighbour an address.
 * Own issuers are served by the own authorization server and known to the own wallet unless the file says otherwise.
 */
export function resolveConfig(
  file: ConfigFile,
  settings: VariableSettings,
  paths: { readonly file: string; readonly folder: string; readonly dataFolder: string },
): Config {
  const issuers = resolveIssuers(file, settings, paths.folder);
  const roles = settings.roles ?? everyRole.filter((role) => (file.roles ?? everyRole).includes(role));
  const neighbours = { roles, settings, issuers };
  const { mode, host, port, operatorPort, logLevel, trustedProxies, keyEncryptionKey, databaseUrl, publicUrls } = settings;
  return {
    mode,
    roles,
    file: paths.file,
    dataFolder: paths.dataFolder,
    host,
    port,
    operatorPort,
    logLevel,
    trustedProxies,
    keyEncryptionKey,
    databaseUrl,
    publicUrls,
    registries: resolveRegistries(file, paths.folder),
    authorization: resolveAuthorization(file, neighbours),
    issuers,
    operators: resolveOperators(file),
    wallet: resolveWallet(file, neighbours, paths.folder),
  };
}
