import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import { type IssuerStage, makeTestKey, openIssuerStage, type TestKey } from '../support/issuer-stage.ts';
import { readPersonas } from '../support/people.ts';
import { compact, tokenMutants } from './token-mutants.ts';

/** A header of this length never reaches us: the HTTP server answers 431 by itself. */
const tooLong = 'far too long';

let stage: IssuerStage;
let person: string;
let holder: TestKey;

before(async () => {
  stage = await openIssuerStage();
  person = (await readPersonas()).find(({ id }) => id === 'ordinary')?.individualId ?? '';
  holder = await makeTestKey();
});
after(() => stage?.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Record<string, unknown>;
}

async function nonce(): Promise<string> {
  const answer = await fetch(`${stage.issuer}/nonce`, { method: 'POST' });
  assert.equal(answer.headers.get('cache-control'), 'no-store');
  return ((await answer.json()) as { c_nonce: string }).c_nonce;
}

const now = () => Math.floor(Date.now() / 1000);
const proofHeader = () => ({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: holder.publicJwk });
const proofClaims = (c_nonce: string, more: Record<string, unknown> = {}) => ({
  iss: 'wallet',
  aud: stage.issuer,
  iat: now(),
  nonce: c_nonce,
  ...more,
});
const goodProof = async () => compact(proofHeader(), proofClaims(await nonce()), holder.key);

async function ask(body: unknown, headers: Record<string, string> = {}, path = '/credential'): Promise<Answer> {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const answer = await fetch(stage.issuer + path, {
    method: 'POST',
    body: text,
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.token(person)}`, ...headers },
  });
  const raw = await answer.text();
  return { status: answer.status, headers: answer.headers, body: raw === '' ? {} : (JSON.parse(raw) as Record<string, unknown>) };
}

const withProof = (proof: string) => ({ credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof] } });

async function assertError(answer: Answer, status: number, error: string, what: string): Promise<void> {
  assert.deepEqual({ status: answer.status, error: answer.body.error }, { status, error }, what);
  assert.match(String(answer.body.error_description ?? ''), /^[\x20-\x21\x23-\x5b\x5d-\x7e]*$/, what);
  assert.equal(answer.headers.get('cache-control'), 'no-store', what);
  if (status === 401 || status === 403)
    assert.match(answer.headers.get('www-authenticate') ?? '', /^(DPoP|Bearer)/, `quality R60: ${what}`);
}

test('features A20: a good request is answered with one credential', async () => {
  const answer = await ask(withProof(await goodProof()));
  assert.equal(answer.status, 200, JSON.stringify(answer.body));
  assert.equal((answer.body.credentials as unknown[]).length, 1);
});

test('quality T5, features A19: hostile access tokens, none accepted, each refused with a challenge', async () => {
  const mutants = [
    ...tokenMutants({ header: stage.header, payload: stage.claims(person), key: stage.tokenKey.key }),
    { name: 'no expiry', token: compact(stage.header, { ...stage.claims(person), exp: undefined }, stage.tokenKey.key) },
    { name: 'lives for ever', token: compact(stage.header, stage.claims(person, { exp: 1e308 }), stage.tokenKey.key) },
    { name: 'another issuer', token: compact(stage.header, stage.claims(person, { iss: 'https://attacker.example' }), stage.tokenKey.key) },
    {
      name: 'bound in a way we do not know',
      token: compact(stage.header, stage.claims(person, { cnf: { 'x5t#S256': 'x' } }), stage.tokenKey.key),
    },
    { name: 'unknown kid', token: compact({ ...stage.header, kid: 'other' }, stage.claims(person), stage.tokenKey.key) },
    // A foreign server may write the older `JWT`; everything else of that mutant is good.
  ].filter(({ name }) => name !== 'typ "JWT"' && name !== tooLong);
  assert.ok(mutants.length >= 60, `${mutants.length} mutants`);
  for (const { name, token } of mutants) {
    const answer = await ask(withProof(await goodProof()), { authorization: `Bearer ${token}` });
    await assertError(answer, 401, 'invalid_token', name);
  }
});

test('quality T5, standards V-74: hostile key proofs, none accepted', async () => {
  const mutants = tokenMutants({ header: proofHeader(), payload: proofClaims('placeholder'), key: holder.key }).map(({ name }) => name);
  for (const [index, name] of mutants.entries()) {
    const fresh = tokenMutants({ header: proofHeader(), payload: proofClaims(await nonce()), key: holder.key })[index];
    // Members a proof need not have may be there and say nothing wrong.
    if (/^exp |signed by a foreign key that rides along/.test(name) && !/past|string|null|negative/.test(name)) continue;
    const answer = await ask(withProof(fresh?.token ?? ''));
    assert.equal(answer.status, 400, name);
    assert.match(String(answer.body.error), /^invalid_(proof|credential_request)$/, name);
  }
});

test('quality R32, features A21, standards E-2, E-3, V-43, V-44, V-45: each failure has the exact code of the specification', async () => {
  const proof = await goodProof();
  const cases: readonly [string, unknown, number, string][] = [
    ['not JSON', '{', 400, 'invalid_credential_request'],
    ['a list', '[]', 400, 'invalid_credential_request'],
    ['empty', '', 400, 'invalid_credential_request'],
    ['a member twice', '{"proofs":{},"proofs":{}}', 400, 'invalid_credential_request'],
    ['neither id', { proofs: { jwt: [proof] } }, 400, 'invalid_credential_request'],
    ['both ids', { ...withProof(proof), credential_identifier: 'x' }, 400, 'invalid_credential_request'],
    ['unknown configuration', { ...withProof(proof), credential_configuration_id: 'Nothing' }, 400, 'unknown_credential_configuration'],
    ['unknown identifier', { credential_identifier: 'x', proofs: { jwt: [proof] } }, 400, 'unknown_credential_identifier'],
    [
      'features A21: a type outside the token',
      { ...withProof(proof), credential_configuration_id: 'DrivingLicence' },
      403,
      'insufficient_scope',
    ],
    ['no proofs', { credential_configuration_id: 'NationalIdentity' }, 400, 'invalid_proof'],
    ['proofs empty', { credential_configuration_id: 'NationalIdentity', proofs: {} }, 400, 'invalid_credential_request'],
    [
      'two proof types',
      { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof], attestation: ['x'] } },
      400,
      'invalid_credential_request',
    ],
    ['an empty list', { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [] } }, 400, 'invalid_credential_request'],
    [
      'quality R26: a thousand proofs',
      { credential_configuration_id: 'NationalIdentity', proofs: { jwt: Array(1000).fill('x') } },
      400,
      'invalid_credential_request',
    ],
    ['a proof that is no string', { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [1] } }, 400, 'invalid_proof'],
    [
      'encryption asked in a plain request',
      { ...withProof(proof), credential_response_encryption: {} },
      400,
      'invalid_encryption_parameters',
    ],
  ];
  for (const [what, body, status, error] of cases) await assertError(await ask(body), status, error, what);
  assert.equal((await ask(withProof(proof))).status, 200, 'none of the refusals spent the nonce');
});

test('standards V-35: another media type is refused with an error object', async () => {
  for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'application/octet-stream'])
    await assertError(await ask('x=1', { 'content-type': type }), 400, 'invalid_credential_request', type);
  await assertError(await ask('a.b.c', { 'content-type': 'application/jwt' }), 400, 'invalid_encryption_parameters', 'jwt');
  assert.equal((await ask(withProof(await goodProof()), { 'content-type': 'application/json; charset=utf-8' })).status, 200);
});

test('quality R20, R24, R25, R31: nonce missing, foreign, used, proof too old or too new', async () => {
  const without = compact(proofHeader(), { iss: 'wallet', aud: stage.issuer, iat: now() }, holder.key);
  await assertError(await ask(withProof(without)), 400, 'invalid_proof', 'no nonce');
  await assertError(await ask(withProof(compact(proofHeader(), proofClaims('made-up'), holder.key))), 400, 'invalid_nonce', 'made up');
  const other = (
    (await (await fetch(`${stage.issuer.replace('civil-registry', 'university')}/nonce`, { method: 'POST' })).json()) as { c_nonce: string }
  ).c_nonce;
  await assertError(
    await ask(withProof(compact(proofHeader(), proofClaims(other), holder.key))),
    400,
    'invalid_nonce',
    'of another issuer',
  );
  for (const iat of [now() - 3600, now() + 3600])
    await assertError(
      await ask(withProof(compact(proofHeader(), proofClaims(await nonce(), { iat }), holder.key))),
      400,
      'invalid_proof',
      `iat ${iat - now()}`,
    );
  const proof = await goodProof();
  assert.equal((await ask(withProof(proof))).status, 200);
  await assertError(await ask(withProof(proof)), 400, 'invalid_nonce', 'the same proof under a new token');
});

test('quality Q6: the same request under the same token gets the same credential again', async () => {
  const authorization = `Bearer ${stage.token(person)}`;
  const body = withProof(await goodProof());
  const [first, second] = [await ask(body, { authorization }), await ask(body, { authorization })];
  assert.equal(first.status, 200);
  assert.deepEqual(second.body, first.body);
});

test('quality R62: a token in the query or a form is refused', async () => {
  const body = withProof(await goodProof());
  await assertError(
    await ask(body, {}, `/credential?access_token=${stage.token(person)}`),
    401,
    'invalid_token',
    'query beside a good header',
  );
  await assertError(
    await ask(body, { authorization: '' }, `/credential?access_token=${stage.token(person)}`),
    401,
    'invalid_token',
    'query',
  );
  await assertError(
    await ask(`access_token=${stage.token(person)}`, { authorization: '', 'content-type': 'application/x-www-form-urlencoded' }),
    400,
    'invalid_credential_request',
    'form',
  );
  assert.doesNotMatch(stage.instance.output(), /eyJ[A-Za-z0-9_-]{20,}/, 'no token in the log');
});

test('features A17, standards F-34: a bound token needs its proof, and a proof its token', async () => {
  const dpop = await makeTestKey();
  const jkt = await calculateJwkThumbprint(dpop.publicJwk);
  const token = stage.token(person, { cnf: { jkt } });
  const url = `${stage.issuer}/credential`;
  const dpopNonce = (await fetch(`${stage.issuer}/nonce`, { method: 'POST' })).headers.get('dpop-nonce');
  const claims = () => ({
    jti: randomUUID(),
    htm: 'POST',
    htu: url,
    iat: now(),
    ath: createHash('sha256').update(token).digest('base64url'),
    nonce: dpopNonce,
  });
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: dpop.publicJwk };
  const send = async (proof: string, scheme = 'DPoP') =>
    ask(withProof(await goodProof()), { authorization: `${scheme} ${token}`, ...(proof ? { dpop: proof } : {}) });
  await assertError(await send(compact(header, claims(), dpop.key), 'Bearer'), 401, 'invalid_token', 'downgrade to Bearer');
  await assertError(await send(''), 401, 'invalid_dpop_proof', 'no proof');
  const wrong: readonly [string, Record<string, unknown>][] = [
    ['method', { htm: 'GET' }],
    ['address', { htu: `${stage.issuer}/nonce` }],
    ['token', { ath: 'x' }],
    ['no token', { ath: undefined }],
    ['no jti', { jti: undefined }],
    ['old', { iat: now() - 3600 }],
    ['future', { iat: now() + 3600 }],
  ];
  for (const [what, change] of wrong)
    await assertError(await send(compact(header, { ...claims(), ...change }, dpop.key)), 401, 'invalid_dpop_proof', what);
  await assertError(await send(compact(header, { ...claims(), nonce: 'x' }, dpop.key)), 401, 'use_dpop_nonce', 'foreign nonce');
  const other = await makeTestKey();
  await assertError(
    await send(compact({ ...header, jwk: other.publicJwk }, claims(), other.key)),
    401,
    'invalid_dpop_proof',
    'another key',
  );
  for (const { name, token: proof } of tokenMutants({ header, payload: claims(), key: dpop.key })) {
    if (name === tooLong) continue;
    if (/^exp |^nbf /.test(name) && !/past|string|null|negative|future/.test(name)) continue;
    const answer = await send(proof);
    assert.equal(answer.status, 401, name);
  }
  const good = compact(header, claims(), dpop.key);
  assert.equal((await send(good, 'dpop')).status, 200, 'the scheme is read without case (standards F-33)');
  await assertError(await send(good), 401, 'invalid_dpop_proof', 'the proof again');
});

test('quality R51, design §7: an unknown person gets a named refusal, and one whose record is pending is told to come back', async () => {
  const askAs = async (id: string) => {
    const { individualId = '0000000000' } = (await readPersonas()).find((persona) => persona.id === id) ?? {};
    return ask(withProof(await goodProof()), { authorization: `Bearer ${stage.token(individualId)}` });
  };
  await assertError(await askAs('missing'), 400, 'credential_request_denied', 'missing');
  const later = await askAs('pending');
  assert.equal(later.status, 202);
  const { transaction_id: id, interval } = later.body;
  assert.ok(String(id).length >= 43 && Number(interval) > 0);
});

test('quality R59, R41: every address the issuer names answers, with the right media type', async () => {
  const metadata = (await (
    await fetch(`${stage.instance.url.origin}/.well-known/openid-credential-issuer/issuers/civil-registry`)
  ).json()) as Record<string, unknown>;
  assert.equal(metadata.credential_issuer, stage.issuer);
  const configurations = Object.values(metadata.credential_configurations_supported as Record<string, { vct?: string }>);
  const named = configurations.flatMap(({ vct }) => vct ?? []);
  assert.ok(named.length > 0);
  for (const vct of named) {
    const type = (await (await fetch(vct)).json()) as { vct: string };
    assert.equal(type.vct, vct);
  }
  const jwt = (await (await fetch(`${stage.instance.url.origin}/.well-known/jwt-vc-issuer/issuers/civil-registry`)).json()) as {
    issuer: string;
    jwks_uri: string;
  };
  assert.equal(jwt.issuer, stage.issuer);
  const { keys } = (await (await fetch(jwt.jwks_uri)).json()) as { keys: { kid: string; d?: string; use: string }[] };
  assert.equal(new Set(keys.map(({ kid }) => kid)).size, keys.length);
  assert.ok(keys.every(({ d }) => d === undefined));
  const did = (await (await fetch(`${stage.issuer}/did.json`)).json()) as {
    verificationMethod: { id: string }[];
    assertionMethod: string[];
  };
  assert.ok(did.assertionMethod.length > 0 && did.assertionMethod.every((id) => did.verificationMethod.some((method) => method.id === id)));
  for (const [path, type] of [
    ['/trust-anchor.cer', 'application/pkix-cert'],
    ['/root.crl', 'application/pkix-crl'],
  ])
    assert.equal((await fetch(stage.issuer + path)).headers.get('content-type'), type);
});

/** Every address in a document, wherever it stands. */
function addressesIn(value: unknown): string[] {
  if (typeof value === 'string') return /^https?:\/\//.test(value) ? [value] : [];
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(addressesIn) : [];
}

test('quality R59: no address in any public document of the issuers leads nowhere', async () => {
  const { origin } = stage.instance.url;
  const seen = new Set<string>();
  const queue = ['civil-registry', 'university'].flatMap((name) => [
    `${origin}/.well-known/openid-credential-issuer/issuers/${name}`,
    `${origin}/.well-known/jwt-vc-issuer/issuers/${name}`,
    `${origin}/issuers/${name}/did.json`,
  ]);
  // An identifier is a name as well as an address, and names of foreign parties are not ours to answer.
  const names = new Set(['civil-registry', 'university'].map((name) => `${origin}/issuers/${name}`));
  for (let address = queue.pop(); address !== undefined; address = queue.pop()) {
    if (seen.has(address) || names.has(address) || !address.startsWith(origin)) continue;
    seen.add(address);
    const answer = await fetch(address);
    const posted = answer.status === 404 ? await fetch(address, { method: 'POST' }) : answer;
    assert.notEqual(posted.status, 404, address);
    if (/json/.test(answer.headers.get('content-type') ?? '') && answer.ok) queue.push(...addressesIn(await answer.json()));
  }
  assert.ok(seen.size >= 14, [...seen].join('\n'));
});

test('quality R33: no claim of the person stands in the log, whatever was refused', () => {
  assert.doesNotMatch(stage.instance.output(), new RegExp(person));
});
