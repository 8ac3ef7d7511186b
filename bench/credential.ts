import { createPublicKey, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { Agent, createServer, request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SignJWT } from 'jose';
import { dpopProof, type HeldKey, keyProof, makeKey, thumbprint } from '../examples/walk/holder.ts';
import { freePorts, type Instance, startInstance } from '../test/support/instance.ts';
import { verifySdJwtVc } from '../test/support/judge-sd-jwt.ts';
import { type FloorRequest, floorMicroseconds, median } from './floor.ts';
import { cpuSeconds, cpuSecondsBelow } from './process-cpu.ts';
import type { Row } from './report.ts';

const demo = new URL('../examples/demo/', import.meta.url);
/** The code of the server needs some thousand requests until it runs as it does in an office that has been open for a minute. */
const warmUpRounds = 2;
const rounds = 7;
const requestsPerRound = 1500;
const connections = 32;

interface Stage {
  readonly instance: Instance;
  readonly issuer: string;
  readonly tokenKey: HeldKey;
  readonly authorizationServer: string;
  close(): Promise<void>;
}

/** An issuer alone, and beside it only the key document of an authorization server: the bench signs the tokens itself. */
async function openStage(): Promise<Stage> {
  const tokenKey = await makeKey();
  const [port = 0] = await freePorts(1);
  const authorizationServer = `http://localhost:${port}`;
  const documents: Record<string, unknown> = {
    '/.well-known/oauth-authorization-server': { issuer: authorizationServer, jwks_uri: `${authorizationServer}/jwks.json` },
    '/jwks.json': { keys: [{ ...tokenKey.publicJwk, kid: 'bench', use: 'sig', alg: 'ES256' }] },
  };
  const server = createServer((incoming, outgoing) =>
    outgoing.setHeader('content-type', 'application/json').end(JSON.stringify(documents[incoming.url ?? ''] ?? {})),
  );
  await new Promise<void>((resolve) => server.listen(port, 'localhost', resolve));
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-'));
  const type = new URL('types/national-identity.json', demo).pathname;
  const config = {
    registries: { population: { kind: 'csv', file: new URL('people.csv', demo).pathname } },
    issuers: {
      registry: {
        display: [{ name: 'Bench', locale: 'en' }],
        country: 'XO',
        organisation: 'Bench',
        registry: 'population',
        types: [type],
        authorizationServers: [{ issuer: authorizationServer, subject: { from: 'claim', name: 'registry_id' } }],
      },
    },
  };
  await writeFile(join(folder, 'chancery.json'), JSON.stringify(config));
  const instance = await startInstance({
    environment: { CHANCERY_CONFIG: join(folder, 'chancery.json'), CHANCERY_ROLES: 'issuer', CHANCERY_LOG_LEVEL: 'error' },
  });
  const close = async () => {
    await instance.stop();
    server.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { instance, issuer: `${instance.url.origin}/issuers/registry`, tokenKey, authorizationServer, close };
}

type Prepared = FloorRequest & { readonly body: string };

async function prepare(stage: Stage, individualId: string, scheme: 'DPoP' | 'Bearer'): Promise<Prepared> {
  const [dpopKey, holderKey] = [await makeKey(), await makeKey()];
  const nonceAnswer = await fetch(`${stage.issuer}/nonce`, { method: 'POST' });
  const { c_nonce } = (await nonceAnswer.json()) as { c_nonce: string };
  const dpopNonce = nonceAnswer.headers.get('dpop-nonce');
  const claims = {
    client_id: 'bench',
    scope: 'national_identity',
    registry_id: individualId,
    ...(scheme === 'DPoP' ? { cnf: { jkt: await thumbprint(dpopKey) } } : {}),
  };
  const accessToken = await new SignJWT(claims)
    .setProtectedHeader({ typ: 'at+jwt', alg: 'ES256', kid: 'bench' })
    .setIssuer(stage.authorizationServer)
    .setAudience(stage.issuer)
    .setSubject('pairwise')
    .setJti(randomUUID())
    .setIssuedAt()
    .setExpirationTime('300s')
    .sign(stage.tokenKey.privateKey);
  const url = new URL(`${stage.issuer}/credential`);
  const proof = await keyProof(holderKey, stage.issuer, c_nonce, 'bench');
  return {
    accessToken,
    keyProof: proof,
    dpopProof: await dpopProof(dpopKey, 'POST', url, { accessToken, ...(dpopNonce ? { nonce: dpopNonce } : {}) }),
    body: JSON.stringify({ credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof] } }),
  };
}

function post(agent: Agent, url: URL, { accessToken, dpopProof: proof, body }: Prepared): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = {
      authorization: `DPoP ${accessToken}`,
      dpop: proof,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
    };
    const outgoing = httpRequest(url, { method: 'POST', agent, headers }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.on('end', () => (incoming.statusCode === 200 ? resolve(text) : reject(new Error(`status ${incoming.statusCode}: ${text}`))));
    });
    outgoing.on('error', reject).end(body);
  });
}

interface Round {
  readonly serverMicroseconds: number;
  readonly databaseMicroseconds: number;
  readonly floor: number;
  readonly answers: readonly string[];
}

async function playRound(stage: Stage, people: readonly string[]): Promise<Round> {
  const prepared: Prepared[] = [];
  for (let index = 0; index < requestsPerRound; index += 1)
    prepared.push(await prepare(stage, people[index % people.length] as string, 'DPoP'));
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const url = new URL(`${stage.issuer}/credential`);
  const { pid = 0 } = stage.instance.process;
  const cpu = () => ({ server: cpuSeconds(pid), database: cpuSecondsBelow(pid) });
  const before = cpu();
  const queue = [...prepared];
  const answers: string[] = [];
  const drain = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) answers.push(await post(agent, url, next));
  };
  await Promise.all(Array.from({ length: connections }, drain));
  const after = cpu();
  agent.destroy();
  const tokenKey = createPublicKey({ key: stage.tokenKey.publicJwk as never, format: 'jwk' });
  const credentialLength = answers[0]?.length ?? 0;
  const perRequest = (seconds: number) => (seconds * 1e6) / requestsPerRound;
  return {
    serverMicroseconds: perRequest(after.server - before.server),
    databaseMicroseconds: perRequest(after.database - before.database),
    floor: floorMicroseconds(prepared, tokenKey, credentialLength),
    answers,
  };
}

async function readPeople(): Promise<string[]> {
  const { readFile } = await import('node:fs/promises');
  const rows = (await readFile(new URL('people.csv', demo), 'utf8')).split('\n');
  const header = rows[0]?.split(',') ?? [];
  const [id, status] = [header.indexOf('individual_id'), header.indexOf('status')];
  return rows
    .slice(1, 2000)
    .map((row) => row.split(','))
    .filter((row) => row[status] === 'active')
    .map((row) => row[id] as string);
}

/** POST credential, DPoP, durable ledger row, against the crypto floor of the same run (performance §2, B3). */
export async function benchCredential(): Promise<readonly Row[]> {
  const stage = await openStage();
  try {
    const people = await readPeople();
    for (let round = 0; round < warmUpRounds; round += 1) await playRound(stage, people);
    const played: Round[] = [];
    for (let round = 0; round < rounds; round += 1) played.push(await playRound(stage, people));
    const sample = played.flatMap(({ answers }) => answers.slice(0, 10));
    for (const answer of sample)
      await verifySdJwtVc(
        (JSON.parse(answer) as { credentials: { credential: string }[] }).credentials[0]?.credential ?? '',
        new URL(`${stage.issuer}/trust-anchor.cer`),
      );
    const efficiency = played.map(({ floor, serverMicroseconds }) => floor / serverMicroseconds);
    return [
      {
        name: 'credential endpoint, DPoP, durable ledger: server CPU',
        value: `${median(played.map(({ serverMicroseconds }) => serverMicroseconds)).toFixed(0)} µs`,
      },
      {
        name: 'credential endpoint: database CPU',
        value: `${median(played.map(({ databaseMicroseconds }) => databaseMicroseconds)).toFixed(0)} µs`,
      },
      { name: 'crypto floor of the same requests', value: `${median(played.map(({ floor }) => floor)).toFixed(0)} µs` },
      {
        name: 'efficiency (floor ÷ server), median of rounds',
        value: `${median(efficiency).toFixed(2)} (${Math.min(...efficiency).toFixed(2)} to ${Math.max(...efficiency).toFixed(2)})`,
        note: `${rounds} rounds of ${requestsPerRound} requests, ${connections} connections; ${sample.length} credentials verified by @sd-jwt/sd-jwt-vc`,
      },
    ];
  } finally {
    await stage.close();
  }
}
