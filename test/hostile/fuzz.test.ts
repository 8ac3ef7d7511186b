import assert from 'node:assert/strict';
import { Agent, request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { type Instance, startInstance } from '../support/instance.ts';

const inputs = process.env.CHANCERY_LONG ? 100_000 : 500;
const connections = 16;
const agent = new Agent({ keepAlive: true, maxSockets: connections });

interface Endpoint {
  readonly name: string;
  readonly path: string;
  readonly methods: readonly string[];
  /** Machine endpoints answer every refusal with an error object; pages answer with HTML. */
  readonly speaks: 'json' | 'html';
  readonly members: readonly string[];
}

const issuer = '/issuers/civil-registry';
const authorization = '/authorization';
const endpoints: readonly Endpoint[] = [
  {
    name: 'credential',
    path: `${issuer}/credential`,
    methods: ['POST'],
    speaks: 'json',
    members: ['credential_configuration_id', 'credential_identifier', 'proofs', 'proof', 'credential_response_encryption'],
  },
  { name: 'nonce', path: `${issuer}/nonce`, methods: ['POST'], speaks: 'json', members: ['nonce'] },
  {
    name: 'issuer metadata',
    path: `/.well-known/openid-credential-issuer${issuer}`,
    methods: ['GET'],
    speaks: 'json',
    members: ['version'],
  },
  { name: 'type metadata', path: `${issuer}/types/national-identity/v1`, methods: ['GET'], speaks: 'json', members: ['v'] },
  {
    name: 'pushed authorization',
    path: `${authorization}/par`,
    methods: ['POST'],
    speaks: 'json',
    members: [
      'client_id',
      'scope',
      'redirect_uri',
      'response_type',
      'code_challenge',
      'request_uri',
      'request',
      'authorization_details',
      'resource',
      'issuer_state',
      'claims',
    ],
  },
  {
    name: 'token',
    path: `${authorization}/token`,
    methods: ['POST'],
    speaks: 'json',
    members: [
      'grant_type',
      'code',
      'client_id',
      'client_assertion',
      'client_assertion_type',
      'redirect_uri',
      'code_verifier',
      'pre-authorized_code',
      'refresh_token',
    ],
  },
  {
    name: 'authorize',
    path: `${authorization}/authorize`,
    methods: ['GET'],
    speaks: 'html',
    members: ['client_id', 'request_uri', 'response_type', 'redirect_uri', 'scope', 'ui_locales', 'prompt'],
  },
  {
    name: 'interaction',
    path: `${authorization}/interaction/abcdef`,
    methods: ['GET', 'POST'],
    speaks: 'html',
    members: ['individual_id', 'otp', 'password', 'action', 'csrf', 'name', 'birthdate', 'factor'],
  },
  { name: 'landing', path: '/', methods: ['GET'], speaks: 'html', members: ['q', 'category', 'language'] },
  {
    name: 'offer',
    path: '/offer',
    methods: ['GET', 'POST'],
    speaks: 'html',
    members: ['credential_offer', 'credential_offer_uri', 'offer', 'csrf'],
  },
  { name: 'wallet start', path: '/wallet/start', methods: ['POST'], speaks: 'html', members: ['issuer', 'configuration', 'csrf'] },
  {
    name: 'wallet callback',
    path: '/wallet/callback',
    methods: ['GET'],
    speaks: 'html',
    members: ['code', 'state', 'iss', 'error', 'error_description'],
  },
];

const nasty = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.string(),
  fc.constantFrom(
    '',
    '\u0000',
    '../../../etc/passwd',
    "' OR 1=1 --",
    '<script>alert(1)</script>',
    '{{7*7}}',
    '%00',
    '\ud800',
    '__proto__',
    'constructor',
    'a'.repeat(5000),
    'null',
    '[]',
    '{}',
    '-1',
    '1e999',
    'javascript:alert(1)',
    'http://127.0.0.1:1/',
    'eyJhbGciOiJub25lIn0.e30.',
    'true',
  ),
);
const member = (names: readonly string[]) => fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: nasty });
const json = (names: readonly string[]) =>
  fc.oneof(
    fc.json(),
    fc.dictionary(member(names), fc.oneof(nasty, fc.jsonValue()), { maxKeys: 6 }).map((value) => JSON.stringify(value)),
    nasty,
    fc.constant('['.repeat(10_000)),
    fc.constant('{"proofs":'.repeat(2000)),
  );
const form = (names: readonly string[]) =>
  fc
    .array(fc.tuple(member(names), nasty), { maxLength: 8 })
    .map((pairs) =>
      pairs.map(([name, value]) => `${encodeURIComponent(name.toWellFormed())}=${encodeURIComponent(value.toWellFormed())}`).join('&'),
    );
const headerValue = nasty.map((text) => text.replace(/[^\x20-\x7e]/g, '').slice(0, 4000));

interface Input {
  readonly method: string;
  readonly query: string;
  readonly mediaType: string;
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

function inputFor({ methods, members }: Endpoint): fc.Arbitrary<Input> {
  return fc.record({
    method: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom(...methods) },
      { weight: 1, arbitrary: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'PATCH', 'HEAD', 'OPTIONS') },
    ),
    query: fc.oneof({ weight: 2, arbitrary: fc.constant('') }, { weight: 1, arbitrary: form(members) }),
    mediaType: fc.constantFrom(
      'application/json',
      'application/x-www-form-urlencoded',
      'application/jwt',
      'text/plain',
      'multipart/form-data; boundary=x',
      'application/json; charset=utf-16',
    ),
    body: fc.oneof(json(members), form(members)),
    headers: fc.dictionary(
      fc.constantFrom(
        'authorization',
        'dpop',
        'accept',
        'accept-language',
        'cookie',
        'origin',
        'x-forwarded-for',
        'oauth-client-attestation',
        'if-none-match',
      ),
      headerValue,
      { maxKeys: 3 },
    ),
  });
}

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
    sent.setTimeout(5000, () => sent.destroy(new Error(`no answer within five seconds from ${method} ${url.href}`)));
    sent.on('error', reject).end(carriesBody ? body : undefined);
  });
}

const leak =
  /\bat (?:async )?[\w.<>]+ \(|node_modules|node:internal|\.ts:\d|select .* from |insert into|relation "|syntax error at or near|\/src\//i;

function judge(endpoint: Endpoint, input: Input, { status, mediaType, body }: Answer): void {
  const where = `${endpoint.name}: ${JSON.stringify(input).slice(0, 600)} → ${status} ${body.slice(0, 300)}`;
  assert.ok(status >= 200 && status < 500, `a server error: ${where}`);
  assert.doesNotMatch(body, leak, `a leak: ${where}`);
  if (status < 400 || endpoint.speaks !== 'json' || input.method === 'HEAD') return;
  assert.match(mediaType, /json/, `no error object: ${where}`);
  const refusal = JSON.parse(body) as Record<string, unknown>;
  assert.equal(typeof refusal.error, 'string', `no error code: ${where}`);
}

let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'error' } });
});
after(async () => {
  agent.destroy();
  await instance?.stop();
});

for (const endpoint of endpoints) {
  test(`quality T1: ${inputs} hostile inputs at the ${endpoint.name} endpoint, no server error and no leak`, {
    timeout: 3_600_000,
  }, async () => {
    const seed = process.env.CHANCERY_LONG ? Date.now() : 20_261_124;
    let remaining = inputs;
    while (remaining > 0) {
      const batch = fc.sample(inputFor(endpoint), { numRuns: Math.min(remaining, 500), seed: seed + remaining });
      remaining -= batch.length;
      const queue = [...batch];
      const drain = async () => {
        for (let next = queue.pop(); next; next = queue.pop()) judge(endpoint, next, await send(instance.url, endpoint.path, next));
      };
      await Promise.all(Array.from({ length: connections }, drain));
    }
    assert.equal((await fetch(new URL('/health/ready', instance.url))).status, 200, 'the product lives on');
    assert.doesNotMatch(instance.output(), /"status":5\d\d/, 'no server error in the log');
  });
}
