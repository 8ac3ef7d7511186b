import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import type { Environment } from './config/variables.ts';
import { describeSettings, readConfig, summariseConfig } from './config.ts';
import { StartFault } from './lib/start-fault.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const demo = join(root, 'examples/demo');
const sound = {
  registries: { people: { kind: 'csv', file: 'people.csv' } },
  authorization: { registry: 'people', factors: ['password'] },
  issuers: {
    office: {
      display: [{ name: 'Office', locale: 'en' }],
      country: 'XO',
      organisation: 'Office',
      registry: 'people',
      types: ['card.json'],
    },
  },
};

/** A settings file with the files it names beside it. */
async function write(t: TestContext, settings: unknown): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-config-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, 'people.csv'), 'individual_id\n1\n');
  await writeFile(join(folder, 'card.json'), '{}');
  const file = join(folder, 'chancery.json');
  await writeFile(file, typeof settings === 'string' ? settings : JSON.stringify(settings));
  return file;
}

async function faultOf(environment: Environment): Promise<string> {
  try {
    await readConfig({ environment, workingFolder: root });
  } catch (fault) {
    assert.ok(fault instanceof StartFault, String(fault));
    return fault.message;
  }
  return assert.fail('The settings were taken.');
}

const faultOfFile = async (t: TestContext, settings: unknown, environment: Environment = {}) =>
  faultOf({ CHANCERY_CONFIG: await write(t, settings), ...environment });

test('standards V-64: a batch is at least two copies and at most fifty; without the setting there is none', async (t) => {
  const withSize = (batchSize: unknown) => ({ ...sound, issuers: { office: { ...sound.issuers.office, batchSize } } });
  for (const size of [0, 1, 51, 2.5, '3', null])
    assert.match(await faultOfFile(t, withSize(size)), /issuers\.office\.batchSize/, String(size));
  for (const size of [2, 50, undefined]) {
    const { issuers } = await readConfig({ environment: { CHANCERY_CONFIG: await write(t, withSize(size)) }, workingFolder: root });
    assert.equal(issuers[0]?.batchSize, size);
  }
});

test('without a single setting the demo is ready: all roles, one loopback port, own wallet, own issuers', async () => {
  const config = await readConfig({ environment: {}, workingFolder: root });
  assert.equal(config.mode, 'demo');
  assert.deepEqual(config.roles, ['wallet', 'authorization', 'issuer']);
  assert.deepEqual([config.host, config.port, config.operatorPort], ['127.0.0.1', 8080, 8090]);
  assert.equal(config.publicUrls.authorization.href, 'http://localhost:8080/authorization');
  assert.equal(config.registries.population?.file, join(demo, 'people.csv'));
  const identifiers = ['http://localhost:8080/issuers/civil-registry', 'http://localhost:8080/issuers/university'];
  assert.deepEqual(
    config.issuers.map(({ identifier }) => identifier),
    identifiers,
  );
  assert.deepEqual(config.authorization.credentialIssuers, identifiers);
  for (const { authorizationServers } of config.issuers)
    assert.deepEqual(authorizationServers, [{ issuer: 'http://localhost:8080/authorization', subject: { from: 'registry_reference' } }]);
  assert.deepEqual(
    config.wallet.issuers,
    identifiers.map((identifier) => ({ identifier, trustAnchor: `${identifier}/trust-anchor.cer` })),
  );
  assert.deepEqual(config.wallet.clients, { 'http://localhost:8080/authorization': { clientId: 'wallet' } });
  const wallet = config.authorization.clients.find(({ clientId }) => clientId === 'wallet');
  assert.deepEqual(wallet?.redirectUris, ['http://localhost:8080/wallet/callback']);
  assert.equal(wallet?.jwksUri, 'http://localhost:8080/wallet/jwks.json');
  assert.equal(wallet?.authentication, 'private_key_jwt');
  assert.ok(wallet?.requirePushedAuthorization && wallet.requireDpop);
  assert.ok(config.authorization.mailbox);
});

test('every role has its own public address, and neighbours follow it', async () => {
  const environment = {
    CHANCERY_PUBLIC_URL_WALLET: 'https://wallet.example',
    CHANCERY_PUBLIC_URL_AUTHORIZATION: 'https://id.example',
    CHANCERY_PUBLIC_URL_ISSUER: 'https://offices.example/credentials/',
    CHANCERY_ROLES: 'issuer',
  };
  const config = await readConfig({ environment, workingFolder: root });
  assert.deepEqual(config.roles, ['issuer']);
  assert.equal(config.issuers[0]?.identifier, 'https://offices.example/credentials/issuers/civil-registry');
  // The identifier of a server is compared letter by letter, so a host alone carries no slash.
  assert.equal(config.issuers[0]?.authorizationServers[0]?.issuer, 'https://id.example');
  assert.deepEqual(Object.keys(config.wallet.clients), ['https://id.example']);
  assert.equal(config.authorization.clients[0]?.jwksUri, 'https://wallet.example/wallet/jwks.json');
  const shared = await readConfig({ environment: { CHANCERY_PUBLIC_URL: 'https://all.example/' }, workingFolder: root });
  assert.deepEqual(
    Object.values(shared.publicUrls).map(({ href }) => href),
    ['https://all.example/', 'https://all.example/authorization', 'https://all.example/'],
  );
});

test('features A26: an authorization server alone knows no wallet that nobody named', async () => {
  const alone = await readConfig({ environment: { CHANCERY_ROLES: 'authorization' }, workingFolder: root });
  assert.deepEqual(
    alone.authorization.clients.map(({ clientId }) => clientId),
    ['walk'],
  );
});

test('the examples are sound, and relative files start at the settings file', async () => {
  for (const example of ['own-registry', 'foreign-authorization']) {
    const config = await readConfig({ environment: { CHANCERY_CONFIG: `examples/${example}/chancery.json` }, workingFolder: root });
    for (const { file } of Object.values(config.registries)) assert.ok(file.startsWith(join(root, 'examples', example)));
    for (const { types } of config.issuers) assert.ok(types.every((file) => file.startsWith(join(root, 'examples', example))));
  }
});

test('features A25: a foreign authorization server takes the place of ours, by settings alone', async () => {
  const config = await readConfig({
    environment: { CHANCERY_CONFIG: 'examples/foreign-authorization/chancery.json' },
    workingFolder: root,
  });
  assert.deepEqual(config.roles, ['wallet', 'issuer']);
  assert.deepEqual(config.issuers[0]?.authorizationServers, [
    { issuer: 'http://localhost:9400', subject: { from: 'claim', name: 'member_number' } },
  ]);
  assert.deepEqual(config.wallet.clients, { 'http://localhost:9400': { clientId: 'chancery-wallet' } });
});

test('quality R44: all faults are told at once, each with its path and the nearest known name', async (t) => {
  const message = await faultOfFile(
    t,
    {
      registries: { people: { kind: 'csv', fiel: 'people.csv', deadlineSeconds: 0 }, Böse: { kind: 'csv', file: 'x' } },
      authorisation: {},
      authorization: {
        registry: 'people',
        factors: ['pasword'],
        clients: [{ clientId: '' }],
        limits: { account: { limit: 1.5, windowSeconds: 1 } },
      },
      issuers: { office: { ...sound.issuers.office, country: 'Orsana', types: [] } },
      wallet: [],
    },
    { PORT: '99999', CHANCERY_ROLE: 'issuer', CHANCERY_ROLES: 'isuer', CHANCERY_LOG_LEVEL: 'loud', CHANCERY_PUBLIC_URL: 'localhost' },
  );
  for (const fault of [
    /PORT: must be a port/,
    /CHANCERY_ROLE: is not known\. Did you mean CHANCERY_ROLES\?/,
    /CHANCERY_ROLES: isuer is not a role\. Did you mean issuer\?/,
    /CHANCERY_LOG_LEVEL: must be one of/,
    /CHANCERY_PUBLIC_URL: must be an http or https address/,
    /registries\.people\.file: is missing/,
    /registries\.people\.fiel: is not known\. Did you mean file\?/,
    /registries\.people\.deadlineSeconds: must be at least 0\.1/,
    /registries\.Böse: this name must match/,
    /authorisation: is not known\. Did you mean authorization\?/,
    /authorization\.factors\.0: must be one of otp, password, knowledge\. Did you mean password\?/,
    /authorization\.clients\.0\.clientId: must not be empty/,
    /authorization\.clients\.0\.redirectUris: is missing/,
    /authorization\.limits\.account\.limit: must be a whole number/,
    /issuers\.office\.country: must match/,
    /issuers\.office\.types: must not be empty/,
    /wallet: must be an object/,
  ])
    assert.match(message, fault);
});

test('what a schema cannot say is told too: names, files, addresses, members that exclude one another', async (t) => {
  const client = {
    clientId: 'a',
    name: { en: 'A' },
    redirectUris: ['javascript:alert(1)', 'https://a.example/#x'],
    authentication: 'private_key_jwt',
  };
  const message = await faultOfFile(t, {
    registries: { people: { kind: 'csv', file: 'nobody.csv' } },
    authorization: {
      registry: 'peopel',
      factors: ['otp', 'otp'],
      clients: [client, { ...client, redirectUris: ['app:/cb'], authentication: 'none', jwksUri: 'x' }],
      credentialIssuers: ['ftp://x'],
    },
    issuers: {
      office: {
        ...sound.issuers.office,
        registry: 'nowhere',
        types: ['gone.json'],
        authorizationServers: [{ issuer: 'nothing', subject: { from: 'claim' } }],
      },
    },
    wallet: { issuers: [{ identifier: 'nowhere' }] },
  });
  for (const fault of [
    /authorization\.registry: peopel is not among the registries\. Did you mean people\?/,
    /authorization\.factors: must not name anything twice/,
    /authorization\.clients\.0\.redirectUris\.0: javascript:alert\(1\) cannot be redirected to/,
    /authorization\.clients\.0\.redirectUris\.1: .*cannot be redirected to/,
    /authorization\.clients\.0: private_key_jwt needs either jwks or jwksUri/,
    /authorization\.clients\.1: a client without authentication has no keys/,
    /authorization\.clients\.1\.clientId: a stands here twice/,
    /authorization\.credentialIssuers\.0: ftp:\/\/x is not an http or https address/,
    /issuers\.office\.registry: nowhere is not among the registries/,
    /issuers\.office\.authorizationServers\.0\.issuer: nothing is not an http or https address/,
    /issuers\.office\.authorizationServers\.0\.subject\.name: belongs to `from: claim`/,
    /registries\.people\.file: the file .*nobody\.csv cannot be read/,
    /issuers\.office\.types\.0: the file .*gone\.json cannot be read/,
    /wallet\.issuers\.0\.identifier: nowhere is not an http or https address/,
  ])
    assert.match(message, fault);
  assert.doesNotMatch(message, /app:\/cb/);
});

test('a role needs its part of the file, and only the files it reads itself', async (t) => {
  const file = await write(t, { registries: { people: { kind: 'csv', file: 'gone.csv' } } });
  const message = await faultOf({ CHANCERY_CONFIG: file });
  assert.match(message, /authorization: is missing, and the role authorization needs it/);
  assert.match(message, /issuers: is missing, and the role issuer needs it/);
  const wallet = await readConfig({ environment: { CHANCERY_CONFIG: file, CHANCERY_ROLES: 'wallet' } });
  assert.deepEqual(wallet.roles, ['wallet']);
});

test('a file that is not there or not JSON is one sentence', async (t) => {
  assert.match(await faultOf({ CHANCERY_CONFIG: 'gone.json' }), /gone\.json cannot be read\. Correct CHANCERY_CONFIG\.$/);
  assert.match(await faultOfFile(t, '{"registries": {},}'), /is not JSON/);
});

const productionKey = Buffer.from('b0c4a1f7e3925d6870fe1c2b3a495d6e7f8091a2b3c4d5e6f708192a3b4c5d6e', 'hex').toString('base64url');
const production: Environment = {
  CHANCERY_MODE: 'production',
  CHANCERY_PUBLIC_URL: 'https://chancery.example',
  CHANCERY_KEY_ENCRYPTION_KEY: productionKey,
  CHANCERY_TRUSTED_PROXIES: '10.0.0.7, 192.168.4.0/24',
  DATABASE_URL: 'postgres://chancery:Nf2-kQ8mZx@db.example/chancery',
};

test('design D20: production starts with https, a key, a named proxy and data of its own, and shows no mailbox', async (t) => {
  const config = await readConfig({ environment: { CHANCERY_CONFIG: await write(t, sound), ...production } });
  assert.equal(config.mode, 'production');
  assert.equal(config.authorization.mailbox, false);
  assert.equal(config.keyEncryptionKey?.byteLength, 32);
  assert.deepEqual(config.trustedProxies, ['10.0.0.7', '192.168.4.0/24']);
});

test('design D20, quality R23, R48: production refuses each thing that was loosened', async (t) => {
  const weak = (key: Uint8Array | string) => Buffer.from(key).toString('base64url');
  const refused: readonly (readonly [Environment, RegExp])[] = [
    [{ CHANCERY_PUBLIC_URL: undefined }, /CHANCERY_PUBLIC_URL_WALLET: http:.* must be https/],
    [{ CHANCERY_PUBLIC_URL_ISSUER: 'http://offices.example' }, /CHANCERY_PUBLIC_URL_ISSUER: .*must be https/],
    [{ CHANCERY_KEY_ENCRYPTION_KEY: '' }, /CHANCERY_KEY_ENCRYPTION_KEY: is missing/],
    [{ CHANCERY_KEY_ENCRYPTION_KEY: 'c2hvcnQ' }, /CHANCERY_KEY_ENCRYPTION_KEY: must be 32 bytes/],
    [{ CHANCERY_KEY_ENCRYPTION_KEY: `${productionKey}=` }, /CHANCERY_KEY_ENCRYPTION_KEY: must be 32 bytes/],
    [{ CHANCERY_KEY_ENCRYPTION_KEY: weak(new Uint8Array(32)) }, /CHANCERY_KEY_ENCRYPTION_KEY: is not random/],
    [
      { CHANCERY_KEY_ENCRYPTION_KEY: weak(Uint8Array.from({ length: 32 }, (_, index) => index)) },
      /CHANCERY_KEY_ENCRYPTION_KEY: is not random/,
    ],
    [{ CHANCERY_KEY_ENCRYPTION_KEY: weak('change-this-key-in-production-!!') }, /CHANCERY_KEY_ENCRYPTION_KEY: is not random/],
    [{ CHANCERY_TRUSTED_PROXIES: undefined }, /CHANCERY_TRUSTED_PROXIES: is missing/],
    [{ CHANCERY_TRUSTED_PROXIES: '0.0.0.0/0' }, /CHANCERY_TRUSTED_PROXIES: 0\.0\.0\.0\/0 is not/],
    [{ CHANCERY_TRUSTED_PROXIES: 'everybody' }, /CHANCERY_TRUSTED_PROXIES: everybody is not/],
    [{ DATABASE_URL: 'postgres://app:postgres@db.example/app' }, /DATABASE_URL: holds a password that everybody knows/],
    [{ DATABASE_URL: 'mysql://app@db.example/app' }, /DATABASE_URL: must be a PostgreSQL address/],
  ];
  const file = await write(t, sound);
  for (const [change, fault] of refused) assert.match(await faultOf({ CHANCERY_CONFIG: file, ...production, ...change }), fault);
});

test('design D20: production refuses the sample people, under their own name and under another', async (t) => {
  const demonstration = await faultOf(production);
  assert.match(demonstration, /registries\.population\.file: is the sample data of the demo/);
  assert.match(demonstration, /CHANCERY_CONFIG: is an example/);
  const file = await write(t, sound);
  await copyFile(join(demo, 'people.csv'), join(file, '../people.csv'));
  assert.match(await faultOf({ CHANCERY_CONFIG: file, ...production }), /registries\.people\.file: is the sample data/);
});

test('design D20: production asks no neighbour without TLS', async (t) => {
  const message = await faultOfFile(
    t,
    {
      ...sound,
      authorization: {
        ...sound.authorization,
        credentialIssuers: ['http://other.example'],
        clients: [
          {
            clientId: 'a',
            name: { en: 'A' },
            redirectUris: ['https://a.example/cb'],
            authentication: 'private_key_jwt',
            jwksUri: 'http://a.example/jwks',
          },
        ],
      },
      wallet: { issuers: [{ identifier: 'http://third.example' }], clients: { 'http://server.example': { clientId: 'w' } } },
    },
    production,
  );
  for (const address of ['other', 'a', 'third', 'server'])
    assert.match(message, new RegExp(`http://${address}\\.example.* must be https in production`));
});

test('the summary tells addresses and no secret', async (t) => {
  const config = await readConfig({ environment: { CHANCERY_CONFIG: await write(t, sound), ...production } });
  const summary = summariseConfig(config);
  assert.match(summary, /https:\/\/chancery\.example\/issuers\/office/);
  assert.match(summary, /PostgreSQL at db\.example/);
  for (const secret of ['Nf2-kQ8mZx', productionKey]) assert.ok(!summary.includes(secret));
});

test('the reference describes every variable and every member that the shipped settings use', async () => {
  const described = new Set(describeSettings().map(({ name }) => name));
  for (const name of Object.keys(production)) assert.ok(described.has(name), name);
  for (const { name, meaning } of describeSettings()) assert.notEqual(meaning, '', name);
  const { authorization } = JSON.parse(await readFile(join(demo, 'chancery.json'), 'utf8')) as { authorization: object };
  for (const name of Object.keys(authorization)) assert.ok(described.has(`authorization.${name}`), name);
});

test('the environment of this process is read nowhere else', async () => {
  const { glob } = await import('node:fs/promises');
  const readers: string[] = [];
  for await (const file of glob('src/**/*.ts', { cwd: root }))
    if (!file.endsWith('.test.ts') && /process\.env\b/.test(await readFile(join(root, file), 'utf8'))) readers.push(file);
  assert.deepEqual(readers, ['src/config.ts']);
});
