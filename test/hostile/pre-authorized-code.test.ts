import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt, decodeProtectedHeader, SignJWT } from 'jose';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { dpopProof, type HeldKey, makeKey, postWithDpop } from '../../examples/walk/holder.ts';
import { freePorts, type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { askOperators, demoWithPreAuthorizedCodes, type MadeOffer, makeOffer, preAuthorizedCodeGrant } from '../support/offers.ts';
import { personOf } from '../support/people.ts';
import { credentialOf, obtainToken, openSession, prepareRequest, sendRequest } from '../support/wallet-client.ts';

const racers = process.env.CHANCERY_LONG ? 1000 : 100;
const rounds = 20;
const canary = '4022802715';
const assertionType = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer';

let folder: string;
let config: Awaited<ReturnType<typeof demoWithPreAuthorizedCodes>>;
let nodes: readonly Instance[];
let confidential: HeldKey;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-offers-'));
  confidential = await makeKey();
  const [port = 0, other = 0] = await freePorts(2);
  const office = {
    clientId: 'office-wallet',
    name: { en: 'An office' },
    redirectUris: ['https://office.example/callback'],
    authentication: 'private_key_jwt',
    jwks: { keys: [{ ...confidential.publicJwk, kid: 'one', alg: 'ES256', use: 'sig' }] },
    requireDpop: true,
  };
  config = await demoWithPreAuthorizedCodes({ clients: [office] });
  const environment = {
    ...withoutWallet,
    CHANCERY_CONFIG: config.file,
    CHANCERY_PUBLIC_URL: `http://localhost:${port}`,
    CHANCERY_LOG_LEVEL: 'debug',
  };
  nodes = [
    await startInstance({ port, dataFolder: folder, environment }),
    await startInstance({ port: other, dataFolder: folder, environment }),
  ];
});
after(async () => {
  for (const node of [...(nodes ?? [])].reverse()) await node.stop();
  await config?.remove();
  await rm(folder, { recursive: true, force: true });
});

const first = () => nodes[0] as Instance;
const issuer = () => `${first().url.origin}/issuers/civil-registry`;
const tokenUrl = () => new URL('/authorization/token', first().url);
const order = (more: object = {}) => ({
  credential_issuer: issuer(),
  credential_configuration_ids: ['NationalIdentity'],
  individual_id: canary,
  ...more,
});
const racer = (index: number) => new Messenger(undefined, (url) => new URL(url.pathname + url.search, nodes[index % nodes.length]?.url));

function redeem(made: MadeOffer, form: Record<string, string> = {}, messenger = new Messenger()): Promise<Exchange> {
  const all = { grant_type: preAuthorizedCodeGrant, client_id: 'walk', 'pre-authorized_code': made.code, ...form };
  const kept = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
  return messenger.send('token', tokenUrl(), { form: kept });
}
const withCode = (made: MadeOffer) => ({ tx_code: made.txCode ?? '' });
const errorOf = ({ status, responseBody }: Exchange) => `${status} ${(JSON.parse(responseBody) as { error?: string }).error}`;
const wrongCode = ({ txCode = '' }: MadeOffer) => String((Number(txCode) + 1) % 1_000_000).padStart(6, '0');

test('features B21, standards V-18, V-03, V-07: an offer is redeemed with its transaction code, and the credential is the person’s', async () => {
  const made = await makeOffer(first(), order());
  assert.match(made.txCode ?? '', /^\d{6}$/);
  const session = await openSession(issuer(), 'national_identity');
  const { dpopKey } = session.client;
  const form = { grant_type: preAuthorizedCodeGrant, client_id: 'walk', 'pre-authorized_code': made.code, ...withCode(made) };
  const answer = await postWithDpop(new Messenger(), { step: 'token', url: tokenUrl(), key: dpopKey, form });
  const { access_token: token, ...rest } = jsonOf(answer, 200);
  assert.deepEqual(rest, { token_type: 'DPoP', expires_in: 300, scope: 'national_identity' });
  assert.equal(answer.responseHeaders.get('cache-control'), 'no-store');
  const prepared = await prepareRequest(session, 'NationalIdentity');
  assert.match(credentialOf(await sendRequest(session, String(token), prepared.body)), /^ey/);
});

test('features A16, design D6: its access token is member for member the one the code flow gives', async () => {
  const session = await openSession(issuer(), 'national_identity');
  const byCode = await obtainToken(session, await personOf('ordinary', 'knowledge', first().url));
  const made = await makeOffer(first(), order());
  const form = { grant_type: preAuthorizedCodeGrant, client_id: 'walk', 'pre-authorized_code': made.code, ...withCode(made) };
  const byOffer = String(
    jsonOf(await postWithDpop(new Messenger(), { step: 'token', url: tokenUrl(), key: session.client.dpopKey, form }), 200).access_token,
  );
  assert.deepEqual(Object.keys(decodeJwt(byOffer)).toSorted(), Object.keys(decodeJwt(byCode)).toSorted());
  assert.deepEqual(decodeProtectedHeader(byOffer), decodeProtectedHeader(byCode));
  for (const name of ['iss', 'aud', 'sub', 'client_id', 'cnf'] as const)
    assert.deepEqual(decodeJwt(byOffer)[name], decodeJwt(byCode)[name], name);
  assert.ok(!JSON.stringify(decodeJwt(byOffer)).includes(canary));
});

test('quality R11, Q5, standards V-25: four wrong codes leave the offer whole, the fifth ends it, and the right one then looks like a wrong one', async () => {
  const made = await makeOffer(first(), order());
  for (let left = 4; left >= 1; left -= 1) {
    const answer = await redeem(made, { tx_code: wrongCode(made) });
    assert.equal(errorOf(answer), '400 invalid_grant');
    assert.match(answer.responseBody, new RegExp(`Tries left: ${left}\\.`));
  }
  assert.equal((await redeem(made, withCode(made))).status, 200);
  const locked = await makeOffer(first(), order());
  const answers: Exchange[] = [];
  for (let index = 0; index < 5; index += 1) answers.push(await redeem(locked, { tx_code: wrongCode(locked) }));
  const afterwards = [await redeem(locked, withCode(locked)), await redeem(locked, { tx_code: wrongCode(locked) })];
  assert.deepEqual(new Set([answers[4], ...afterwards].map((answer) => answer?.responseBody)).size, 1);
  assert.ok(afterwards.every(({ status }) => status === 400));
});

test(`quality R11, T2 (SU3): ${racers} guesses at one moment on two nodes: at most five are compared`, async () => {
  const made = await makeOffer(first(), order());
  const guesses = Array.from({ length: racers }, (_, index) => redeem(made, { tx_code: wrongCode(made) }, racer(index)));
  const answers = await Promise.all(guesses);
  assert.ok(answers.every((answer) => errorOf(answer) === '400 invalid_grant'));
  assert.equal(answers.filter(({ responseBody }) => responseBody.includes('Tries left')).length, 4, 'the fifth one ends it');
  assert.equal(errorOf(await redeem(made, withCode(made))), '400 invalid_grant');
});

test(`features B21, quality R10, T2 (SU2): ${racers} racers on two nodes redeem one offer, ${rounds} rounds, one winner each`, {
  timeout: 1_800_000,
}, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const made = await makeOffer(first(), order({ tx_code: false }));
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => redeem(made, {}, racer(index))));
    assert.equal(answers.filter(({ status }) => status === 200).length, 1);
    assert.ok(answers.every(({ status }) => status === 200 || status === 400));
  }
});

test('standards V-23, V-24, E-1, quality R19: each fault has its code, and none of them spends the offer', async () => {
  const [made, plain] = [await makeOffer(first(), order()), await makeOffer(first(), order({ tx_code: false }))];
  const detail = (id: string, more: object = {}) => ({
    authorization_details: JSON.stringify([{ type: 'openid_credential', credential_configuration_id: id, ...more }]),
  });
  const cases: readonly [string, MadeOffer, Record<string, string>, string][] = [
    ['no transaction code', made, {}, '400 invalid_request'],
    ['one that nobody asked for', plain, { tx_code: '123456' }, '400 invalid_request'],
    ['no code', made, { 'pre-authorized_code': '', ...withCode(made) }, '400 invalid_request'],
    ['another code', made, { 'pre-authorized_code': 'another', ...withCode(made) }, '400 invalid_grant'],
    ['one letter less', made, { 'pre-authorized_code': made.code.slice(0, -1), ...withCode(made) }, '400 invalid_grant'],
    ['a type that was not offered', made, { ...withCode(made), ...detail('FarmerCard') }, '400 invalid_authorization_details'],
    [
      'another place',
      made,
      { ...withCode(made), ...detail('NationalIdentity', { locations: ['https://evil.example'] }) },
      '400 invalid_authorization_details',
    ],
    [
      'details that are none',
      made,
      { ...withCode(made), authorization_details: '{"type":"openid_credential"' },
      '400 invalid_authorization_details',
    ],
    ['another issuer', made, { ...withCode(made), resource: 'https://evil.example' }, '400 invalid_target'],
    ['another grant', made, { grant_type: 'password', ...withCode(made) }, '400 unsupported_grant_type'],
    ['nobody', made, { client_id: '', ...withCode(made) }, '401 invalid_client'],
    ['a stranger', made, { client_id: 'stranger', ...withCode(made) }, '401 invalid_client'],
    ['a client without its proof', made, { client_id: 'office-wallet', ...withCode(made) }, '401 invalid_client'],
    ['a secret', made, { client_secret: 'x', ...withCode(made) }, '401 invalid_client'],
  ];
  for (const [what, offer, form, expected] of cases) assert.equal(errorOf(await redeem(offer, form)), expected, what);
  const twice = await new Messenger().send('token', tokenUrl(), { form: {} });
  assert.equal(twice.status, 400);
  const doubled = await fetch(tokenUrl(), {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: `grant_type=${encodeURIComponent(preAuthorizedCodeGrant)}&client_id=walk&client_id=walk&pre-authorized_code=${made.code}`,
  });
  assert.equal(doubled.status, 400);
  assert.equal((await redeem(made, withCode(made))).status, 200);
  assert.equal((await redeem(plain)).status, 200);
});

test('standards VX-4, V-21, V-22: a request may take less than was offered, and is told the identifiers', async () => {
  const made = await makeOffer(first(), order({ credential_configuration_ids: ['NationalIdentity', 'FarmerCard'] }));
  const details = [{ type: 'openid_credential', credential_configuration_id: 'FarmerCard', locations: [issuer()] }];
  const answer = jsonOf(await redeem(made, { ...withCode(made), authorization_details: JSON.stringify(details) }), 200);
  assert.deepEqual(answer.authorization_details, [{ ...details[0], credential_identifiers: ['FarmerCard.main'] }]);
  assert.equal(answer.scope, undefined);
  const { scope, authorization_details: granted } = decodeJwt(String(answer.access_token));
  assert.deepEqual([scope, granted], [undefined, answer.authorization_details]);
});

test('quality R12, R10 (SU6), standards F-11: a confidential client proves who it is, once, to our issuer identifier alone', async () => {
  const assertion = (claims: object = {}, header: object = {}, key = confidential) =>
    new SignJWT({
      iss: 'office-wallet',
      sub: 'office-wallet',
      aud: `${first().url.origin}/authorization`,
      jti: crypto.randomUUID(),
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
      .setIssuedAt()
      .setExpirationTime('60s')
      .sign(key.privateKey);
  const dpopKey = await makeKey();
  const nonce = (await redeem(await makeOffer(first(), order({ tx_code: false })))).responseHeaders.get('dpop-nonce') ?? '';
  const ask = async (made: MadeOffer, text: string) =>
    new Messenger().send('token', tokenUrl(), {
      form: {
        grant_type: preAuthorizedCodeGrant,
        'pre-authorized_code': made.code,
        ...withCode(made),
        client_assertion_type: assertionType,
        client_assertion: text,
      },
      headers: { dpop: await dpopProof(dpopKey, 'POST', tokenUrl(), { nonce }) },
    });
  const made = await makeOffer(first(), order());
  const bad = [
    await assertion({ aud: tokenUrl().href }),
    await assertion({ aud: [`${first().url.origin}/authorization`] }),
    await assertion({ iss: 'walk' }),
    await assertion({ sub: 'walk' }),
    await assertion({ jti: undefined }),
    await assertion({}, {}, await makeKey()),
    `${(await assertion()).split('.').slice(0, 2).join('.')}.`,
  ];
  for (const text of bad) assert.equal(errorOf(await ask(made, text)), '401 invalid_client');
  const good = await assertion();
  const bare = await redeem(made, {
    client_id: '',
    ...withCode(made),
    client_assertion_type: assertionType,
    client_assertion: await assertion(),
  });
  assert.equal(errorOf(bare), '400 invalid_request', 'this client has to bind its tokens');
  assert.equal(jsonOf(await ask(made, good), 200).token_type, 'DPoP');
  const [one, two] = [await makeOffer(first(), order()), await makeOffer(first(), order())];
  assert.equal(errorOf(await ask(one, good)), '401 invalid_client', 'heard once');
  const shared = await assertion();
  const raced = await Promise.all([ask(one, shared), ask(two, shared)]);
  assert.deepEqual(raced.map(({ status }) => status).toSorted(), [200, 401]);
});

test('quality Q16, F6, design D10: only a clerk makes offers, for people and types that may have them', async () => {
  const anonymous = await fetch(new URL('/pre-authorized-codes', first().operators), { method: 'POST', body: '{}' });
  assert.equal(anonymous.status, 401);
  const onPublic = await fetch(new URL('/pre-authorized-codes', first().url), { method: 'POST', body: '{}' });
  assert.equal(onPublic.status, 404);
  const bad = [
    order({ individual_id: '0000000000' }),
    order({ credential_issuer: 'https://evil.example' }),
    order({ credential_configuration_ids: ['ResidenceCertificate'] }),
    order({ credential_configuration_ids: ['Nothing'] }),
    order({ credential_configuration_ids: [] }),
    order({ surplus: true }),
  ];
  for (const body of bad) assert.equal((await askOperators(first(), '/pre-authorized-codes', body)).status, 400, JSON.stringify(body));
});

test('quality T12, standards V-10: neither an offer nor the log tells whom it is about', async () => {
  const made = await makeOffer(first(), order());
  assert.ok(!JSON.stringify(made.offer).includes(canary));
  await redeem(made, withCode(made));
  const printed = nodes.map((node) => node.output()).join('\n');
  for (const secret of [canary, made.code, made.txCode ?? 'none'])
    assert.ok(!printed.includes(`"${secret}`) && !printed.includes(secret), secret);
});

test('features D10: data pushed with an offer make the credential of a person no registry knows, once they fit it', async () => {
  const path = '/issuers/civil-registry/pushed-claims';
  const claims = {
    full_name: [{ language: 'en', value: 'Canary Pushed' }],
    name_language: 'en',
    birthdate: '1990-01-02',
    farmer_number: 'canary-farmer-77',
    region: 'North',
    farm_hectares: 2,
    farm_parcels: 1,
    irrigated: true,
    crops: ['rice'],
  };
  const ids = ['FarmerCard'];
  const push = (body: object) => askOperators(first(), path, body);
  for (const [bad, what] of [
    [{ credential_configuration_ids: ids, claims: {} }, 'nothing'],
    [{ credential_configuration_ids: ids, claims: { shoe_size: 43 } }, 'a claim nobody has a use for'],
    [{ credential_configuration_ids: ids, claims: { farmer_number: 'x' } }, 'a value the credential must have is missing'],
    [{ credential_configuration_ids: ['Nothing'], claims }, 'an unknown configuration'],
  ] as const) {
    const answer = await push(bad);
    assert.equal(answer.status, 400, what);
    assert.doesNotMatch(await answer.text(), /canary/i, what);
  }
  const answer = await push({ credential_configuration_ids: ids, claims });
  assert.equal(answer.status, 201, await answer.clone().text());
  const { registry, individual_id: id } = (await answer.json()) as { registry: string; individual_id: string };
  assert.match(id, /^[\w-]{43}$/);
  const made = await makeOffer(first(), { ...order(), credential_configuration_ids: ids, registry, individual_id: id });
  const session = await openSession(issuer(), 'farmer_card');
  const { dpopKey } = session.client;
  const form = { grant_type: preAuthorizedCodeGrant, client_id: 'walk', 'pre-authorized_code': made.code, ...withCode(made) };
  const token = jsonOf(await postWithDpop(new Messenger(), { step: 'token', url: tokenUrl(), key: dpopKey, form }), 200)
    .access_token as string;
  assert.doesNotMatch(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString(), /canary/i);
  const { body } = await prepareRequest(session, 'FarmerCard');
  const disclosed = credentialOf(await sendRequest(session, token, body))
    .split('~')
    .slice(1, -1)
    .map((text) => Buffer.from(text, 'base64url').toString());
  assert.ok(disclosed.some((text) => text.includes('canary-farmer-77')));
  const foreign = await askOperators(first(), '/pre-authorized-codes', {
    ...order(),
    credential_configuration_ids: ids,
    registry,
    individual_id: 'A'.repeat(43),
  });
  assert.equal(foreign.status, 201, 'only the issuer can tell');
  assert.ok(!nodes.some((node) => /canary-farmer|canary-number|Canary Pushed/i.test(node.output())));
});
