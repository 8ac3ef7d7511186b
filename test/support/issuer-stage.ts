import { createPrivateKey, type KeyObject, randomUUID, type webcrypto } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { compact } from '../hostile/token-mutants.ts';
import { freePorts, type Instance, startInstance } from './instance.ts';

const demo = new URL('../../examples/demo/', import.meta.url);

/** A key as the tests hold one: for node:crypto and as a public JWK. */
export interface TestKey {
  readonly key: KeyObject;
  readonly publicJwk: JWK;
}

export async function makeTestKey(): Promise<TestKey> {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true });
  return {
    key: createPrivateKey({ key: (await exportJWK(privateKey)) as webcrypto.JsonWebKey, format: 'jwk' }),
    publicJwk: await exportJWK(publicKey),
  };
}

export interface IssuerStage {
  readonly instance: Instance;
  readonly issuer: string;
  readonly tokenKey: TestKey;
  readonly authorizationServer: string;
  readonly header: Readonly<Record<string, unknown>>;
  /** Claims of a good access token for a person. */
  claims(individualId: string, more?: Readonly<Record<string, unknown>>): Record<string, unknown>;
  token(individualId: string, more?: Readonly<Record<string, unknown>>): string;
  close(): Promise<void>;
}

/** Our issuer alone behind an authorization server that is only a key document: the test signs the tokens itself. */
export async function openIssuerStage(
  environment: Readonly<Record<string, string>> = {},
  furtherTypes: readonly string[] = [],
  { registries = {}, tree }: { readonly registries?: Readonly<Record<string, object>>; readonly tree?: string } = {},
): Promise<IssuerStage> {
  const tokenKey = await makeTestKey();
  const [port = 0] = await freePorts(1);
  const authorizationServer = `http://localhost:${port}`;
  const documents: Record<string, unknown> = {
    '/.well-known/oauth-authorization-server': { issuer: authorizationServer, jwks_uri: `${authorizationServer}/jwks.json` },
    '/jwks.json': { keys: [{ ...tokenKey.publicJwk, kid: 'test', use: 'sig', alg: 'ES256' }] },
  };
  const server = createServer((incoming, outgoing) =>
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(documents[incoming.url ?? ''] ?? {})),
  );
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'chancery-stage-'));
  const own = (await import('../../examples/demo/chancery.json', { with: { type: 'json' } })).default as unknown as {
    registries: { population: object };
    issuers: Record<string, { display: { logo?: unknown }[]; types: string[] }>;
  };
  const issuers = Object.fromEntries(
    Object.entries(own.issuers).map(([name, issuer]) => [
      name,
      {
        ...issuer,
        display: issuer.display.map(({ logo: _, ...display }) => display),
        types: [...issuer.types.map((file) => new URL(file, demo).pathname), ...(name === 'civil-registry' ? furtherTypes : [])],
        authorizationServers: [{ issuer: authorizationServer, subject: { from: 'claim', name: 'member' } }],
      },
    ]),
  );
  await writeFile(
    join(folder, 'chancery.json'),
    JSON.stringify({
      registries: { ...registries, population: { ...own.registries.population, file: new URL('people.csv', demo).pathname } },
      issuers,
    }),
  );
  const instance = await startInstance({
    environment: { CHANCERY_CONFIG: join(folder, 'chancery.json'), CHANCERY_ROLES: 'issuer', ...environment },
    ...(tree ? { tree } : {}),
  });
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const header = { typ: 'at+jwt', alg: 'ES256', kid: 'test' };
  const claims = (individualId: string, more: Readonly<Record<string, unknown>> = {}) => {
    const now = Math.floor(Date.now() / 1000);
    return {
      iss: authorizationServer,
      aud: issuer,
      sub: 'somebody',
      client_id: 'wallet',
      scope: 'national_identity',
      member: individualId,
      jti: randomUUID(),
      iat: now,
      exp: now + 240,
      ...more,
    };
  };
  return {
    instance,
    issuer,
    tokenKey,
    authorizationServer,
    header,
    claims,
    token: (individualId, more) => compact(header, claims(individualId, more), tokenKey.key),
    async close() {
      await instance.stop();
      server.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
