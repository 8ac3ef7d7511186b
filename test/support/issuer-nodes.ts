import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import { defaultDeferral } from '../../src/config/deferral-schema.ts';
import type { IssuerConfig } from '../../src/config-schema.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { type Issuer, type IssuerOptions, openIssuer } from '../../src/issuer/issuer.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { KeyStore } from '../../src/keys/keys.ts';
import { utf8 } from '../../src/lib/bytes.ts';
import { type Clock, movableClock, numericDate } from '../../src/lib/clock.ts';
import type { Egress } from '../../src/lib/egress.ts';
import { createLog } from '../../src/lib/log.ts';
import { encryptTo } from '../../src/oauth/jwe.ts';
import type { ClaimsAnswer, Registry } from '../../src/registry/registry.ts';
import { createServer } from '../../src/server.ts';
import type { ConnectionTarget } from '../../src/store/postgres/connection.ts';
import { openService, type ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { compact } from '../hostile/token-mutants.ts';
import { createTestDatabase } from './database.ts';
import { watchAnswers } from './described-answers.ts';
import { makeTestKey, type TestKey } from './issuer-stage.ts';

const publicUrl = new URL('http://localhost:9');
const authorizationServer = 'http://localhost:9/authorization';
export const identifierOf = (name: string) => `${publicUrl.origin}/issuers/${name}`;

/** What the registry answers for a person; `undefined` for one it does not know. */
export type People = Map<string, ClaimsAnswer>;

export interface IssuerNodes {
  readonly clock: ReturnType<typeof movableClock>;
  readonly keys: KeyStore;
  readonly people: People;
  readonly target: ConnectionTarget;
  /** Base addresses of the listening nodes. */
  readonly addresses: readonly string[];
  readonly config: readonly IssuerConfig[];
  /** What a node in another process needs to belong to the same deployment. */
  readonly site: NodeSite;
  /** Each node's own connections. */
  readonly databases: readonly ServiceDatabase[];
  /** The issuers as each node runs them. */
  readonly issuers: readonly Issuer[];
  /** Every log line of every node, at level debug. */
  readonly lines: readonly string[];
  /** Answers an address of an issuer at the n-th node. */
  ask(path: string, init?: RequestInit, node?: number): Promise<Response>;
  /** An access token of our own authorization layer, bearer unless `cnf` is given. */
  token(individualId: string, more?: Readonly<Record<string, unknown>>, issuer?: string): Promise<string>;
  nonce(issuer?: string): Promise<string>;
  proof(holder: TestKey, nonce: string, issuer?: string): string;
  close(): Promise<void>;
}

export interface NodeSite {
  readonly folder: string;
  readonly target: ConnectionTarget;
  readonly config: readonly IssuerConfig[];
  /** Verifies the access tokens. */
  readonly authorizationKey: TestKey['publicJwk'];
}

const label = (name: string) => [{ name, locale: 'en' }];
const claim = (path: readonly unknown[], mandatory = false, disclosure = 'selective') => ({
  path,
  mandatory,
  disclosure,
  display: label('Label'),
});

/** One type with every way to keep something back. */
export const cardType = {
  id: 'Card',
  version: 2,
  state: 'published',
  scope: 'card',
  format: sdJwtVc.identifier,
  profile: { vct: 'card', decoys: 2 },
  binding: { methods: ['jwk', 'did:key', 'did:jwk'], proofs: { jwt: { algorithms: ['ES256', 'EdDSA'] } } },
  validityDays: 30,
  status: 'token_status_list',
  display: [...label('Card'), { name: 'بطاقة', locale: 'ar' }],
  claims: [
    claim(['name'], true),
    claim(['address']),
    claim(['address', 'town']),
    claim(['address', 'country'], false, 'always'),
    claim(['tongues'], false, 'always'),
    claim(['tongues', null]),
    claim(['notes'], false, 'always'),
    claim(['notes', 0]),
  ],
  mapping: {
    name: { $claim: 'name' },
    address: { town: { $claim: 'town' }, country: 'XO' },
    tongues: { $claim: 'tongues' },
    notes: { $claim: 'notes' },
  },
};

async function writeTypes(folder: string): Promise<readonly string[]> {
  const types = [
    cardType,
    { ...cardType, id: 'OldCard', scope: 'old', version: 1, state: 'retired' },
    { ...cardType, id: 'Next', scope: 'next', version: 3, state: 'draft' },
  ];
  return Promise.all(
    types.map(async (type) => {
      const file = join(folder, `${type.id}-${type.version}.json`);
      await writeFile(file, JSON.stringify(type));
      return file;
    }),
  );
}

function configOf(name: string, types: readonly string[]): IssuerConfig {
  return {
    name,
    identifier: identifierOf(name),
    display: [
      { name: 'Office', locale: 'en' },
      { name: 'مكتب', locale: 'ar' },
    ],
    country: 'XO',
    organisation: 'Office',
    registry: 'people',
    types,
    authorizationServers: [{ issuer: authorizationServer, subject: { from: 'registry_reference' } }],
    messageEncryption: 'off',
    deferral: defaultDeferral,
    compatibility: 'off',
  };
}

export function registryOf(people: People): Registry {
  return {
    begin: async () => 'unavailable',
    verify: async () => 'unavailable',
    check: async () => 'ready',
    async claims({ id }, names) {
      const answer = people.get(id) ?? { outcome: 'unknown' };
      if (answer.outcome !== 'known') return answer;
      return { outcome: 'known', claims: Object.fromEntries(Object.entries(answer.claims).filter(([name]) => names.includes(name))) };
    },
  };
}

/** The authorization server's documents, as if it lived elsewhere. */
export function neighbour(publicJwk: TestKey['publicJwk']): Egress {
  const documents: Record<string, unknown> = {
    'http://localhost:9/.well-known/oauth-authorization-server/authorization': {
      issuer: authorizationServer,
      jwks_uri: `${authorizationServer}/jwks.json`,
    },
    [`${authorizationServer}/jwks.json`]: { keys: [{ ...publicJwk, kid: 'as', use: 'sig', alg: 'ES256' }] },
  };
  return {
    fetch: async (url) => ({
      status: documents[url.href] ? 200 : 404,
      headers: new Headers(),
      body: utf8(JSON.stringify(documents[url.href] ?? {})),
    }),
  };
}

export interface NodeParts {
  readonly folder: string;
  readonly clock: Clock;
  readonly target: ConnectionTarget;
  readonly egress: Egress;
  readonly registry: Registry;
  readonly config: readonly IssuerConfig[];
  readonly line: (text: string) => void;
  readonly change: (options: IssuerOptions) => IssuerOptions;
}

export async function openNode(
  parts: NodeParts,
): Promise<{ server: FastifyInstance; database: ServiceDatabase; keys: KeyStore; issuer: Issuer; address: string }> {
  const { folder, clock, target, egress, registry, config, line, change } = parts;
  const log = createLog({ level: 'debug', line, now: () => clock.now() });
  const issuers = Object.fromEntries(
    config.map(({ name, organisation, country, identifier }) => [name, { commonName: organisation, organisation, country, identifier }]),
  );
  const keys = await createFileKeyStore({ folder: join(folder, 'keys'), keyEncryptionKey: Buffer.alloc(32, 1), clock, issuers });
  const database = await openService(target, 'issuer', { clock, log, auditSecret: await keys.secret('audit') });
  const { store, ledger, deferrals, statusLists, types, audit } = database;
  const server = createServer({ log, trustedProxies: [] });
  const options = {
    mode: 'demo',
    store,
    keys,
    egress,
    clock,
    log,
    publicUrl,
    config,
    ledger,
    deferrals,
    statusLists,
    types,
    audit,
    registries: { people: registry },
    formats: [sdJwtVc],
  } as const;
  const issuer = await openIssuer(change(options));
  await server.register(issuer.plugin);
  return { server, database, keys, issuer, address: await server.listen({ host: '127.0.0.1', port: 0 }) };
}

/** Nodes of one deployment in this process: one database, one key folder, one registry that the test commands. */
export async function openIssuerNodes(
  count = 2,
  change: NodeParts['change'] = (options) => options,
  cluster?: ConnectionTarget,
): Promise<IssuerNodes> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-nodes-'));
  const { target, drop } = await createTestDatabase(cluster);
  const types = await writeTypes(folder);
  const clock = movableClock(new Date());
  const asKey = await makeTestKey();
  const people: People = new Map();
  const lines: string[] = [];
  const config = ['civil', 'academy'].map((name) => configOf(name, types));
  const parts = {
    folder,
    clock,
    target,
    egress: neighbour(asKey.publicJwk),
    registry: registryOf(people),
    config,
    line: (text: string) => lines.push(text),
    change,
  };
  const nodes: Awaited<ReturnType<typeof openNode>>[] = [];
  for (let index = 0; index < count; index += 1) nodes.push(await openNode(parts));
  const [{ keys }] = nodes as [(typeof nodes)[number]];
  const addresses = nodes.map(({ address }) => address);
  for (const address of addresses) watchAnswers(address, 'public');
  const ask = (path: string, init?: RequestInit, node = 0) => fetch(addresses[node % count] + path, init);
  const now = () => numericDate(clock.now());
  return {
    clock,
    keys,
    people,
    target,
    addresses,
    config,
    site: { folder, target, config, authorizationKey: asKey.publicJwk },
    databases: nodes.map(({ database }) => database),
    issuers: nodes.map(({ issuer }) => issuer),
    lines,
    ask,
    async token(individualId, more = {}, issuer = 'civil') {
      const jti = randomUUID();
      const [recipient] = await keys.published(`registry-reference:${issuer}`);
      if (!recipient) throw new Error('The issuer publishes no key.');
      const reference = { registry: 'people', id: individualId, iss: identifierOf(issuer), jti };
      const claims = {
        iss: authorizationServer,
        aud: identifierOf(issuer),
        sub: 'pairwise',
        client_id: 'wallet',
        scope: 'openid card',
        jti,
        iat: now(),
        exp: now() + 240,
        registry_reference: await encryptTo(recipient, reference, 'registry-reference'),
      };
      return compact({ typ: 'at+jwt', alg: 'ES256', kid: 'as' }, { ...claims, ...more }, asKey.key);
    },
    async nonce(issuer = 'civil') {
      return ((await (await ask(`/issuers/${issuer}/nonce`, { method: 'POST' })).json()) as { c_nonce: string }).c_nonce;
    },
    proof: (holder, nonce, issuer = 'civil') =>
      compact(
        { typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: holder.publicJwk },
        { iss: 'wallet', aud: identifierOf(issuer), iat: now(), nonce },
        holder.key,
      ),
    async close() {
      for (const { server, database } of nodes) {
        await server.close();
        await database.close();
      }
      await drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
