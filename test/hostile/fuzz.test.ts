import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { authorizationRoutes, healthRoutes, issuerRoutes, operatorRoutes, walletRoutes } from '../../src/routes.ts';
import { findContradiction } from '../support/described-answers.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { demoWithPreAuthorizedCodes } from '../support/offers.ts';
import { type Endpoint, endpoints as publicEndpoints } from './fuzz-endpoints.ts';
import { type Input, mutate, mutation, strangeInput } from './fuzz-inputs.ts';
import { operatorEndpoints } from './fuzz-operators.ts';

const endpoints = [...publicEndpoints, ...operatorEndpoints];
const inputs = process.env.CHANCERY_LONG ? 100_000 : 500;
/** What opens a door lasts for these many and is made anew. */
const batchLength = 250;
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

interface Answer {
  readonly status: number;
  readonly mediaType: string;
  readonly body: string;
}

function send(base: URL, path: string, { method, query, mediaType, body, headers }: Input): Promise<Answer> {
  const carriesBody = method !== 'GET' && method !== 'HEAD';
  const url = new URL(path + (query ? `?${query}` : ''), base);
  return new Promise((resolve, reject) => {
    const sent = httpRequest(
      url,
      {
        method,
        agent,
        headers: { ...headers, ...(carriesBody ? { 'content-type': mediaType, 'content-length': Buffer.byteLength(body) } : {}) },
      },
      (incoming) => {
        const chunks: Buffer[] = [];
        incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
        incoming.on('end', () =>
          resolve({
            status: incoming.statusCode ?? 0,
            mediaType: incoming.headers['content-type'] ?? '',
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.setTimeout(20_000, () => sent.destroy(new Error(`no answer from ${method} ${url.href}`)));
    sent.on('error', reject).end(carriesBody ? body : undefined);
  });
}

const leak =
  /\bat (?:async )?[\w.<>]+ \(|node_modules|node:internal|\.ts:\d|select .* from |insert into|relation "|syntax error at or near|\/src\//i;

function judge(endpoint: Endpoint, path: string, input: Input, { status, mediaType, body }: Answer): void {
  const where = `${endpoint.name}: ${JSON.stringify(input).slice(0, 600)} → ${status} ${body.slice(0, 300)}`;
  // 501 is an answer too: of a status list that is asked for a time (standards TSL-8).
  const answered = (status >= 200 && status < 500) || status === 501;
  assert.ok(answered || (endpoint.relays && status === 502), `a server error: ${where}`);
  assert.doesNotMatch(body, leak, `a leak: ${where}`);
  const listener = endpoint.operators ? 'operators' : 'public';
  assert.equal(findContradiction({ listener, method: input.method, path, status, mediaType, body }), undefined, where);
  if (status < 400 || endpoint.speaks !== 'json' || input.method === 'HEAD') return;
  assert.match(mediaType, /json/, `no error object: ${where}`);
  const refusal = JSON.parse(body) as Record<string, unknown>;
  assert.equal(typeof refusal.error, 'string', `no error code: ${where}`);
}

let instance: Instance;
let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
before(async () => {
  config = await demoWithPreAuthorizedCodes({
    change: ({ issuers }) => Object.assign(issuers['civil-registry'] as object, { vcApi: { suite: 'ecdsa-sd-2023' } }),
  });
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'error', CHANCERY_CONFIG: config.file } });
});
after(async () => {
  agent.destroy();
  await instance?.stop();
  await config?.remove();
});

async function drainAll(queue: (() => Promise<void>)[]): Promise<void> {
  const drain = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) await next();
  };
  await Promise.all(Array.from({ length: connections }, drain));
}

/** Half of what goes to an endpoint with a door is a good request with one thing changed; all else comes from nothing. */
async function fuzz(endpoint: Endpoint): Promise<void> {
  const { methods, members, path, openDoor } = endpoint;
  const base = endpoint.operators ? instance.operators : instance.url;
  const start = process.env.CHANCERY_LONG ? Date.now() : 20_261_124;
  for (let remaining = inputs; remaining > 0; remaining -= batchLength) {
    const good = (remaining / batchLength) % 2 === 0 ? undefined : await openDoor?.(instance);
    const sampling = { numRuns: Math.min(remaining, batchLength), seed: start + remaining };
    if (!good) {
      const strange = fc.sample(strangeInput(methods, members), sampling);
      await drainAll(strange.map((input) => async () => judge(endpoint, path, input, await send(base, path, input))));
      continue;
    }
    const unchanged = await good();
    const opened = await send(base, unchanged.path, unchanged);
    assert.notEqual(opened.status, 401, `the door of ${endpoint.name} is open: ${opened.body.slice(0, 300)}`);
    assert.notEqual(opened.status, 403, `the door of ${endpoint.name} is open: ${opened.body.slice(0, 300)}`);
    const changes = fc.sample(mutation(members), sampling);
    await drainAll(
      changes.map((change) => async () => {
        const made = await good();
        const input = mutate(made, change);
        judge(endpoint, made.path, input, await send(base, made.path, input));
      }),
    );
  }
}

for (const endpoint of endpoints) {
  test(`quality T1: ${inputs} hostile inputs at the ${endpoint.name} endpoint, no server error and no leak`, {
    timeout: 3_600_000,
  }, async () => {
    await fuzz(endpoint);
    assert.equal((await fetch(new URL('/health/ready', instance.url))).status, 200, 'the product lives on');
    assert.doesNotMatch(instance.output(), /"status":5(?!0[12])\d\d/, 'no server error in the log');
  });
}

test('quality T1: no address of the URL table is left out', () => {
  const paths = endpoints.map(({ path }) => path);
  const known = [
    ...Object.values(walletRoutes),
    ...Object.values(authorizationRoutes).map((path) => `/authorization${path}`),
    ...Object.values(issuerRoutes).map((path) => `/issuers/civil-registry${path}`),
    ...Object.values(healthRoutes),
    ...Object.values(operatorRoutes).map((path) =>
      path.replace(':name', 'civil-registry').replace(':id', 'nobody').replace(':version', '1'),
    ),
  ];
  assert.deepEqual(
    known.filter((path) => !paths.some((other) => other === path || other.startsWith(`${path}/`))),
    [],
  );
});
