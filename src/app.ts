import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { createAuthorization } from './authorization/authorization.ts';
import { authorizationInterface } from './authorization/interface.ts';
import { createOneTimeCodes } from './authorization/one-time-codes.ts';
import { openPreAuthorizedCodeOperations } from './authorization/operators/pre-authorized-codes.ts';
import type { Config, Role } from './config-schema.ts';
import { jwtVcJson } from './formats/jwt-vc-json/jwt-vc-json.ts';
import { ldpVcDocuments } from './formats/ldp-vc/documents.ts';
import { ldpVc } from './formats/ldp-vc/ldp-vc.ts';
import { dataIntegrityPresentations } from './formats/ldp-vc/presentation.ts';
import { msoMdoc } from './formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from './formats/sd-jwt-vc/sd-jwt-vc.ts';
import { type HealthCheck, mountHealth, registryCheck } from './health.ts';
import { issuerInterface } from './issuer/interface.ts';
import { openIssuer } from './issuer/issuer.ts';
import { createFileKeyStore, demoKeyEncryptionKey } from './keys/file/file-key-store.ts';
import type { KeyStore } from './keys/keys.ts';
import type { Clock } from './lib/clock.ts';
import { createEgress, type Egress } from './lib/egress.ts';
import type { Log } from './lib/log.ts';
import { StartFault } from './lib/start-fault.ts';
import { createOperatorServer, type OperatorOptions, openOperatorProofs } from './operators/operators.ts';
import { createCsvRegistry } from './registry/csv/csv-registry.ts';
import type { OneTimeCodes, Registry } from './registry/registry.ts';
import { createServer } from './server.ts';
import type { ServiceTools } from './service.ts';
import { listen, Opened, prepareFolder, rotatable, trustedOrigins } from './start.ts';
import { startEmbeddedPostgres } from './store/embedded/embedded.ts';
import type { ConnectionTarget } from './store/postgres/connection.ts';
import { openService, type ServiceDatabase } from './store/postgres/postgres.ts';
import { buildBrowser } from './wallet/build.ts';
import { walletInterface } from './wallet/interface.ts';
import { createWallet } from './wallet/wallet.ts';

export interface AppTools {
  readonly clock: Clock;
  readonly log: Log;
  /** Tells the person at the terminal what is being done. */
  readonly say: (sentence: string) => void;
}

export interface App {
  readonly address: string;
  close(): Promise<void>;
}

interface Parts extends AppTools, Databases {
  readonly config: Config;
  readonly keys: KeyStore;
  readonly egress: Egress;
}

async function openTarget({ databaseUrl, dataFolder }: Config, { log, say }: AppTools, opened: Opened): Promise<ConnectionTarget> {
  if (databaseUrl) return { kind: 'url', url: databaseUrl };
  say('Starting the database …');
  const postgres = await startEmbeddedPostgres({ folder: join(dataFolder, 'postgres'), log });
  opened.add(() => postgres.stop());
  return postgres.connection;
}

interface Databases {
  readonly databases: ReadonlyMap<Role, ServiceDatabase>;
  /** Shared by all roles that share a database. */
  readonly operatorDatabase: ServiceDatabase;
}

async function openDatabases(config: Config, tools: AppTools & { readonly auditSecret: Uint8Array }, opened: Opened): Promise<Databases> {
  const target = await openTarget(config, tools, opened);
  const openOne = async (name: Role | 'operators', poolSize?: number) => {
    const database = await openService(target, name, { ...tools, ...(poolSize ? { poolSize } : {}) });
    opened.add(() => database.close());
    return database;
  };
  const databases = new Map<Role, ServiceDatabase>();
  for (const role of config.roles) databases.set(role, await openOne(role));
  return { databases, operatorDatabase: await openOne('operators', 4) };
}

function openKeys(config: Config, clock: Clock, keyEncryptionKey: Uint8Array): Promise<KeyStore> {
  const issuers = config.roles.includes('issuer') ? config.issuers : [];
  return createFileKeyStore({
    folder: join(config.dataFolder, 'keys'),
    keyEncryptionKey,
    clock,
    issuers: Object.fromEntries(
      issuers.map(({ name, organisation, country, identifier }) => [name, { commonName: organisation, organisation, country, identifier }]),
    ),
  });
}

/** One registry per name; only the authorization layer's may send one-time codes. */
async function openRegistries({ registries }: Config, clock: Clock, codes?: OneTimeCodes): Promise<Record<string, Registry>> {
  const opened: [string, Registry][] = [];
  for (const [name, settings] of Object.entries(registries))
    opened.push([name, await createCsvRegistry({ name, ...settings, clock, ...(codes ? { codes } : {}) })]);
  return Object.fromEntries(opened);
}

function toolsOf(parts: Parts, role: Role): ServiceTools & { database: ServiceDatabase } {
  const database = parts.databases.get(role);
  if (!database) throw new Error(`The role ${role} has no database.`);
  const { config, keys, egress, clock, log } = parts;
  return { mode: config.mode, store: database.store, keys, egress, clock, log, database };
}

/** What a role brings along besides its public routes. */
interface Mounted {
  readonly checks: readonly HealthCheck[];
  readonly operators?: (server: FastifyInstance) => void;
}

async function mountAuthorization(server: FastifyInstance, parts: Parts): Promise<Mounted> {
  const { database, ...tools } = toolsOf(parts, 'authorization');
  const { config } = parts;
  const codes = await createOneTimeCodes({
    store: tools.store,
    clock: tools.clock,
    keys: tools.keys,
    mailbox: config.authorization.mailbox,
  });
  const registries = await openRegistries(config, tools.clock, codes);
  const registry = registries[config.authorization.registry];
  if (!registry)
    throw new StartFault(
      `authorization.registry names ${config.authorization.registry}, which is not among the registries. Correct the configuration file.`,
    );
  const { artifacts } = database;
  const options = { ...tools, publicUrl: config.publicUrls.authorization, config: config.authorization, artifacts, registry, codes };
  await server.register(createAuthorization(options));
  const operators = await openPreAuthorizedCodeOperations(options);
  return { checks: [registryCheck('authorization', registries)], ...(operators ? { operators } : {}) };
}

async function mountIssuer(server: FastifyInstance, parts: Parts): Promise<Mounted> {
  const { database, ...tools } = toolsOf(parts, 'issuer');
  const registries = await openRegistries(parts.config, tools.clock);
  const formats = [sdJwtVc, jwtVcJson, msoMdoc, ldpVc];
  const readers = { presentations: dataIntegrityPresentations, documents: ldpVcDocuments };
  const { publicUrls, issuers: config } = parts.config;
  const issuer = await openIssuer({ ...tools, ...database, ...readers, publicUrl: publicUrls.issuer, config, registries, formats });
  await server.register(issuer.plugin);
  return { checks: [registryCheck('issuer', registries)], operators: issuer.operators };
}

async function mountWallet(server: FastifyInstance, parts: Parts): Promise<Mounted> {
  const { database: _, ...tools } = toolsOf(parts, 'wallet');
  parts.say("Preparing the wallet's pages …");
  await buildBrowser();
  await server.register(createWallet({ ...tools, publicUrl: parts.config.publicUrls.wallet, config: parts.config.wallet }));
  return { checks: [] };
}

const mounts: Readonly<Record<Role, (server: FastifyInstance, parts: Parts) => Promise<Mounted>>> = {
  authorization: mountAuthorization,
  issuer: mountIssuer,
  wallet: mountWallet,
};

const countStatements = (databases: Parts['databases']) =>
  Object.fromEntries([...databases].map(([role, database]) => [role, database.statements()]));

const interfacesOf = ({ publicUrls }: Config) => [
  walletInterface,
  authorizationInterface(publicUrls.authorization.pathname.replace(/\/$/, '')),
  issuerInterface,
];

async function openOperators(
  parts: Parts,
  { checks, mounts: roles, publicServer }: Pick<OperatorOptions, 'checks' | 'mounts'> & { readonly publicServer: FastifyInstance },
  opened: Opened,
): Promise<void> {
  const { config, log, keys, clock, operatorDatabase } = parts;
  const { operators, keptAnswers, audit } = operatorDatabase;
  const issuer = parts.databases.get('issuer');
  const trails = [{ service: 'operators', audit }, ...(issuer ? [{ service: 'issuer', audit: issuer.audit }] : [])];
  const server = await createOperatorServer({
    log,
    clock,
    operators,
    keptAnswers,
    audit,
    trails,
    keys,
    checks,
    purposes: rotatable(config),
    proofs: await openOperatorProofs({ operators, clock }, parts),
    mounts: roles,
    statements: () => countStatements(parts.databases),
    described: () => ({ publicRoutes: publicServer.mountedRoutes, interfaces: interfacesOf(config) }),
  });
  opened.add(() => server.close());
  await listen(server, '127.0.0.1', config.operatorPort, 'CHANCERY_OPERATOR_PORT');
}

async function open(config: Config, tools: AppTools, opened: Opened): Promise<void> {
  await prepareFolder(config.dataFolder);
  const keyEncryptionKey = config.keyEncryptionKey ?? (await demoKeyEncryptionKey(config.dataFolder));
  const keys = await openKeys(config, tools.clock, keyEncryptionKey);
  const { databases, operatorDatabase } = await openDatabases(config, { ...tools, auditSecret: await keys.secret('audit') }, opened);
  const parts: Parts = {
    ...tools,
    config,
    keys,
    databases,
    operatorDatabase,
    egress: createEgress({ trustedOrigins: trustedOrigins(config) }),
  };
  const server = createServer({ log: tools.log, trustedProxies: config.trustedProxies });
  const checks: HealthCheck[] = [...databases].map(([role, database]) => ({ role, name: 'database', check: () => database.check() }));
  const operatorMounts: OperatorOptions['mounts'][number][] = [];
  for (const role of config.roles) {
    const mounted = await mounts[role](server, parts);
    checks.push(...mounted.checks);
    if (mounted.operators) operatorMounts.push(mounted.operators);
  }
  mountHealth(server, config.roles, checks);
  opened.add(() => server.close());
  await listen(server, config.host, config.port, 'PORT');
  await openOperators(parts, { checks, mounts: operatorMounts, publicServer: server }, opened);
}

/** Starts the chosen roles in this process; everything opened is closed again when one part fails. */
export async function startApp(config: Config, tools: AppTools): Promise<App> {
  const opened = new Opened();
  try {
    await open(config, tools, opened);
    return {
      address: config.publicUrls[config.roles.includes('wallet') ? 'wallet' : (config.roles[0] ?? 'issuer')].href,
      close: () => opened.close(),
    };
  } catch (fault) {
    await opened.close();
    throw fault;
  }
}
