import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { compact, type Mutant, tokenMutants } from '../../test/hostile/token-mutants.ts';
import { startWalletWorld, Visitor } from '../../test/support/wallet-world.ts';

const payloadOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

test('features A03, A05: one click gives one redirect to the server that the metadata names', async (t) => {
  const world = await startWalletWorld(t);
  const answer = await new Visitor(world).pick(world.office);
  assert.equal(answer.statusCode, 303);
  const address = new URL(String(answer.headers.location));
  assert.equal(address.origin + address.pathname, `${world.office.server}/authorize`);
  assert.deepEqual([...address.searchParams.keys()].toSorted(), ['client_id', 'request_uri'], 'parameters travel in the pushed request');
  const { scope, redirect_uri, code_challenge_method, response_type, ui_locales } = world.office.pushed();
  assert.deepEqual(
    { scope, redirect_uri, code_challenge_method, response_type, ui_locales },
    {
      scope: 'openid library_card',
      redirect_uri: 'http://localhost:8080/wallet/callback',
      code_challenge_method: 'S256',
      response_type: 'code',
      ui_locales: 'en',
    },
  );
});

test('quality R57, features A03: verifier, state and nonce are independent; the verifier is in no URL, log or table in clear', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const start = await visitor.pick(world.office);
  const { state = '', nonce = '', code_challenge: challenge = '' } = world.office.pushed();
  const tables = JSON.stringify([...world.store.rows.values()]);
  const back = await visitor.comeBack(world.office);
  const verifier = world.office.seen.findLast(({ path }) => path === '/as/token')?.form.code_verifier ?? '';
  assert.equal(createHash('sha256').update(verifier).digest('base64url'), challenge);
  assert.equal(new Set([verifier, state, nonce, challenge]).size, 4);
  for (const value of [verifier, state, nonce]) assert.match(value, /^[A-Za-z0-9_-]{43}$/);
  const visible = [tables, ...world.logLines, String(start.headers.location), String(back.headers.location), JSON.stringify(start.headers)];
  for (const text of visible) assert.ok(!text.includes(verifier) && !text.includes(nonce));
  await visitor.pick(world.office);
  assert.notEqual(world.office.pushed().state, state);
  assert.notEqual(world.office.pushed().nonce, nonce);
});

test('features A15, A13: the code is redeemed once with a client assertion and DPoP, and is in no log', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  assert.match(await visitor.allow(world.office), /^[A-Za-z0-9_-]{43}$/);
  const requests = world.office.seen.filter(({ path }) => path === '/as/token');
  assert.equal(requests.length, 2, 'once more with the nonce of the server');
  const [first, second] = requests.map(({ form }) => payloadOf(form.client_assertion ?? ''));
  assert.equal(second?.aud, world.office.server);
  assert.equal(second?.iss, 'wallet');
  assert.notEqual(first?.jti, second?.jti, 'an assertion is never sent twice');
  assert.ok(Number(second?.exp) - Number(second?.iat) <= 60);
  assert.equal(payloadOf(String(requests[1]?.headers.dpop)).nonce, 'office-nonce');
  const stored = JSON.stringify([...world.store.rows.values()]);
  for (const canary of ['code-canary', 'access-token-canary']) {
    assert.ok(!world.logLines.join('\n').includes(canary), `${canary} in a log`);
    assert.ok(!stored.includes(canary), `${canary} in clear in a table`);
  }
});

test('features A13: a replayed answer, an unknown state and a late answer are not used', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  await visitor.allow(world.office);
  const tokens = () => world.office.seen.filter(({ path }) => path === '/as/token').length;
  const before = tokens();
  assert.equal((await visitor.comeBack(world.office)).statusCode, 410, 'replayed');
  assert.equal((await visitor.comeBack(world.office, { state: 'A'.repeat(43) })).statusCode, 410, 'unknown');
  await visitor.pick(world.office);
  world.clock.advance(1801);
  assert.equal((await visitor.comeBack(world.office)).statusCode, 410, 'late');
  assert.equal(tokens(), before);
});

test('quality R72: an assertion is made only for the own pending login of the caller', async (t) => {
  const world = await startWalletWorld(t);
  const [owner, thief] = [new Visitor(world), new Visitor(world)];
  await owner.pick(world.office);
  await thief.get('/');
  const tokens = () => world.office.seen.filter(({ path }) => path === '/as/token').length;
  assert.equal((await thief.comeBack(world.office)).statusCode, 410, 'another session');
  assert.equal((await new Visitor(world).comeBack(world.office)).statusCode, 410, 'no session');
  assert.equal(tokens(), 0);
  assert.equal((await owner.comeBack(world.office)).statusCode, 303, 'the thief has not spent it');
  assert.equal(tokens(), 2);
});

test('standards B (RFC 9207): an answer that names another server, or none, never reaches the token endpoint', async (t) => {
  const world = await startWalletWorld(t);
  for (const iss of ['https://other.example', undefined]) {
    const visitor = new Visitor(world);
    await visitor.pick(world.office);
    assert.equal((await visitor.comeBack(world.office, { iss })).statusCode, 400);
    assert.equal((await visitor.comeBack(world.office)).statusCode, 410, 'the login is spent');
  }
  assert.equal(world.office.seen.filter(({ path }) => path === '/as/token').length, 0);
});

test('features A15: an ID token of another nonce, audience, issuer, time or key gives nothing', async (t) => {
  const world = await startWalletWorld(t);
  const now = world.clock.now().getTime() / 1000;
  const wrongs = [
    { idToken: { nonce: 'another' } },
    { idToken: { aud: 'another' } },
    { idToken: { aud: ['wallet', 'another'] } },
    { idToken: { azp: 'another' } },
    { idToken: { iss: 'https://other.example' } },
    { idToken: { exp: now - 120 } },
    { idToken: { sub: '' } },
    { idTokenType: 'at+jwt' },
    { idTokenKey: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
  ];
  for (const wrong of wrongs) {
    Object.assign(world.office.wrong, { idToken: {}, idTokenKey: undefined, idTokenType: undefined }, wrong);
    const visitor = new Visitor(world);
    await visitor.pick(world.office);
    const answer = await visitor.comeBack(world.office);
    assert.equal(answer.statusCode, 400, JSON.stringify(wrong));
    assert.match(answer.body, /The sign-in was not finished here/);
  }
});

test('quality T5: a hundred hostile ID tokens, none taken, and none leaves an issuance behind', async (t) => {
  const world = await startWalletWorld(t);
  const now = world.clock.now().getTime() / 1000;
  let mutants: readonly Mutant[] = [];
  world.office.wrong.idTokenMade = (header, payload, key) => {
    mutants = tokenMutants({ header, payload, key });
    return mutants[0]?.token ?? '';
  };
  await new Visitor(world).allow(world.office);
  // The mutants of times are made for the clock of the system, and the wallet's stands elsewhere; what a type says is optional.
  const may = /^(iat|nbf|exp) |^typ "JWT"|^header without typ/;
  const names = mutants.map(({ name }) => name).filter((name) => !may.test(name));
  assert.ok(names.length >= 80, `${names.length}`);
  for (const name of names) {
    world.office.wrong.idTokenMade = (header, payload, key) =>
      tokenMutants({ header, payload, key }).find((mutant) => mutant.name === name)?.token ?? '';
    const visitor = new Visitor(world);
    await visitor.pick(world.office);
    const answer = await visitor.comeBack(world.office);
    assert.equal(answer.statusCode, 400, name);
    assert.equal(answer.headers.location, undefined, name);
  }
  for (const times of [
    { exp: now - 120 },
    { exp: undefined },
    { iat: undefined },
    { exp: 1e308 },
    { exp: String(now) },
    { iat: now + 3600 },
    { iat: -1 },
    { nbf: now + 3600 },
  ]) {
    world.office.wrong.idTokenMade = (header, payload, key) => compact(header, { ...payload, ...times }, key);
    const visitor = new Visitor(world);
    await visitor.pick(world.office);
    assert.equal((await visitor.comeBack(world.office)).statusCode, 400, JSON.stringify(times));
  }
});

test('quality EP5: whoever stops comes to a neutral page with a way to begin again', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  await visitor.pick(world.office);
  const page = await visitor.comeBack(world.office, { code: undefined, error: 'access_denied' });
  assert.equal(page.statusCode, 200);
  assert.match(page.body, /You stopped\. Nothing was given\./);
  assert.doesNotMatch(page.body, /notice--fault|class="reference"/);
  assert.equal((await visitor.post('/wallet/start', { issuer: world.office.issuer, configuration: 'LibraryCard' })).statusCode, 303);
});

test('quality EP1 to EP4: a refusal is a page with its true status, a way on and a reference, and repeats no code', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  world.office.wrong.parStatus = 401;
  const refused = await visitor.pick(world.office);
  assert.equal(refused.statusCode, 502);
  assert.match(refused.body, /<p class="code">[2-9A-Y]{4}-[2-9A-Y]{4}<\/p>/);
  world.office.wrong.parStatus = 0;
  world.office.wrong.tokenStatus = 400;
  await visitor.pick(world.office);
  const late = await visitor.comeBack(world.office);
  assert.equal(late.statusCode, 502);
  assert.doesNotMatch(late.body, /code-canary/);
  assert.equal(late.headers['cache-control'], 'no-store');
});

test('quality R75: each state-changing route without token, without session or from another origin is 403', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const form = { issuer: world.office.issuer, configuration: 'LibraryCard', invitation: 'x', proof: 'x' };
  const foreign: [string, Record<string, string>][] = [
    ['another origin', { origin: 'https://evil.example' }],
    ['an opaque origin', { origin: 'null' }],
    ['another site', { 'sec-fetch-site': 'cross-site' }],
  ];
  for (const url of ['/wallet/start', '/offer']) {
    for (const [why, headers] of foreign) assert.equal((await visitor.post(url, form, headers)).statusCode, 403, `${url}: ${why}`);
    assert.equal((await visitor.post(url, { ...form, csrf: '' })).statusCode, 403, `${url}: no token`);
    assert.equal((await visitor.post(url, { ...form, csrf: 'A'.repeat(43) })).statusCode, 403, `${url}: another token`);
    assert.equal((await new Visitor(world).post(url, { ...form, csrf: visitor.csrf })).statusCode, 403, `${url}: no session`);
  }
  for (const action of ['nonce', 'credential', 'end']) {
    for (const [why, headers] of foreign)
      assert.equal((await visitor.api(`${id}/${action}`, {}, headers)).statusCode, 403, `${action}: ${why}`);
    assert.equal((await visitor.api(`${id}/${action}`, {}, { 'x-csrf-token': '' })).statusCode, 403, `${action}: no token`);
  }
});
