import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { makeKey, obtainCode, postWithDpop, redeemCode } from '../../examples/walk/holder.ts';
import { readForms, signIn } from '../../examples/walk/person.ts';
import { writeDemoConfig } from '../support/demo-config.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { openSession, type Session, signInFor } from '../support/wallet-client.ts';

let instance: Instance;
let config: Awaited<ReturnType<typeof writeDemoConfig>>;
before(async () => {
  // A second public client: what belongs to the first must be nothing in its hands.
  config = await writeDemoConfig(({ authorization: { clients }, issuers }) => {
    clients.push({ ...clients[0], clientId: 'neighbour' });
    // A type that both issuers have: what was allowed of one must be nothing at the other.
    issuers.university?.types.push(...(issuers['civil-registry']?.types.filter((file) => file.includes('national')) ?? []));
  });
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'debug', CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

const open = () => openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
const ordinary = () => personOf('ordinary', 'knowledge', instance.url);
const errorOf = (exchange: Exchange) => (JSON.parse(exchange.responseBody) as { error: string }).error;

async function push(session: Session, change: Record<string, string | undefined> = {}): Promise<Exchange> {
  const { server, client, scope = '' } = session.request;
  const form = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope,
    state: 's',
    code_challenge: createHash('sha256').update('v'.repeat(43)).digest('base64url'),
    code_challenge_method: 'S256',
    ...change,
  };
  const kept = Object.fromEntries(Object.entries(form).filter((entry): entry is [string, string] => entry[1] !== undefined));
  return postWithDpop(session.messenger, { step: 'par', url: server.pushedAuthorizationRequestEndpoint, key: client.dpopKey, form: kept });
}

test('features A16, quality R33: the access token says what may be issued and to whom, and nothing of the person', async () => {
  const session = await open();
  const token = jsonOf(await redeemCode(session.messenger, session.request, await signInFor(session, await ordinary())), 200);
  assert.equal(token.token_type, 'DPoP');
  const header = decodeProtectedHeader(token.access_token as string);
  const claims = decodeJwt(token.access_token as string);
  assert.deepEqual({ typ: header.typ, alg: header.alg }, { typ: 'at+jwt', alg: 'ES256' });
  assert.equal(claims.aud, session.issuer.identifier);
  assert.equal(claims.iss, session.request.server.issuer);
  assert.equal(claims.scope, 'national_identity');
  assert.equal((claims.exp ?? 0) - (claims.iat ?? 0), 300);
  assert.ok((claims.cnf as { jkt: string }).jkt);
  const person = await ordinary();
  for (const token_ of [token.access_token, token.id_token]) {
    const text = Buffer.from(String(token_).split('.')[1] ?? '', 'base64url').toString();
    for (const value of [person.individualId, person.name ?? '', 'Amina', '1988']) assert.ok(!text.includes(value), `${value} in a token`);
  }
});

test('features A12: the code is bound to client, redirect URI, challenge and DPoP key; each mismatch is refused', async () => {
  const changes: readonly [string, (session: Session) => Promise<Session['request']> | Session['request'], string?][] = [
    ['another redirect URI', ({ request }) => ({ ...request, client: { ...request.client, redirectUri: 'http://127.0.0.1:8099/other' } })],
    ['another DPoP key', async ({ request }) => ({ ...request, client: { ...request.client, dpopKey: await makeKey() } })],
    ['another verifier', ({ request }) => request, randomBytes(32).toString('base64url')],
    ['another client', ({ request }) => ({ ...request, client: { ...request.client, clientId: 'neighbour' } })],
  ];
  for (const [what, change, verifier] of changes) {
    const session = await open();
    const code = await signInFor(session, await ordinary());
    const answer = await redeemCode(new Messenger(), await change(session), verifier ? { ...code, verifier } : code);
    assert.ok(answer.status === 400 || answer.status === 401, `${what}: ${answer.status}`);
    assert.equal(errorOf(answer), 'invalid_grant', what);
  }
});

test('quality R1: a code in wrong hands is spent, so that nobody can use it any more', async () => {
  const session = await open();
  const code = await signInFor(session, await ordinary());
  const wrong = await redeemCode(new Messenger(), session.request, { ...code, verifier: randomBytes(32).toString('base64url') });
  assert.equal(errorOf(wrong), 'invalid_grant');
  const late = await redeemCode(session.messenger, session.request, code);
  assert.equal(errorOf(late), 'invalid_grant', 'the right verifier comes too late');
});

test('quality R15: a handle cut short, lengthened, padded or with its case changed is no handle', async () => {
  const session = await open();
  const code = await signInFor(session, await ordinary());
  const flipped = code.code.replace(/[a-zA-Z]/, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  );
  for (const handle of [code.code.slice(0, -1), `${code.code}A`, `${code.code}=`, ` ${code.code}`, flipped]) {
    assert.equal(errorOf(await redeemCode(session.messenger, session.request, { ...code, code: handle })), 'invalid_grant', handle);
  }
  assert.equal((await redeemCode(session.messenger, session.request, code)).status, 200, 'the code itself was not spent by them');
});

test('quality R2: two hundred spellings of a redirect URI, none accepted', async () => {
  const session = await open();
  const good = new URL(session.client.redirectUri);
  const paths = [
    '',
    '/',
    '/callback/',
    '/callback/..',
    '/callback/../callback',
    '/callback/..;/x',
    '//callback',
    '/callback%2f',
    '/%63allback',
    '/callback#x',
    '/callback?x=1',
    '/callback;x',
    '/Callback',
    '/callback%00',
    '/callback/.',
    '/callback\\',
    '/callback ',
    '/./callback',
    '/callback%20',
    '/callback.evil',
  ];
  const origins = [
    'http://127.0.0.1:8098',
    'http://127.0.0.1',
    'https://127.0.0.1:8099',
    'http://127.0.0.1.evil.example:8099',
    'http://evil.example',
    'http://127.0.0.1:8099@evil.example',
    'http://localhost:8099',
    'http://[::1]:8099',
    'http://127.1:8099',
    'javascript:',
    'data:text/html,',
    'custom:',
    'http://0x7f000001:8099',
    'http://evil.example#127.0.0.1:8099',
  ];
  const mutants = [
    ...origins.flatMap((origin) => paths.map((path) => origin + path)),
    ...paths.filter((path) => path !== good.pathname).map((path) => good.origin + path),
  ].filter((uri) => uri !== good.href);
  assert.ok(mutants.length >= 200, `${mutants.length}`);
  for (const uri of mutants) {
    const answer = await push(session, { redirect_uri: uri });
    assert.ok(answer.status >= 400 && answer.status < 500, `${uri}: ${answer.status}`);
  }
});

test('features C03, standards F-16, F-19, F-32: no other response type, no missing or plain challenge, no request_uri inside a pushed request', async () => {
  const session = await open();
  const cases = [
    { response_type: 'token' },
    { response_type: 'code id_token' },
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge_method: 'plain' },
    { request_uri: 'urn:x' },
    { response_mode: 'web_message' },
  ];
  for (const change of cases) {
    const answer = await push(session, change);
    assert.equal(answer.status, 400, JSON.stringify(change));
  }
  for (const method of ['GET', 'PUT', 'DELETE'])
    assert.ok((await session.messenger.send('par', session.request.server.pushedAuthorizationRequestEndpoint, { method })).status >= 400);
});

test('features A10: no order of answers yields a code without proven evidence and a consent', { timeout: 240_000 }, async () => {
  const person = await ordinary();
  const step = fc.constantFrom('identify', 'wrong', 'allow', 'deny-less-continue', 'restart', 'resend', 'look', 'stage-consent');
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      const session = await open();
      const pushed = jsonOf(await push(session), 201);
      const address = new URL(session.request.server.authorizationEndpoint);
      address.search = new URLSearchParams({ client_id: session.client.clientId, request_uri: pushed.request_uri as string }).toString();
      const begun = await session.messenger.send('authorize', address);
      const page = new URL(begun.responseHeaders.get('location') ?? '', address);
      const shown = await session.messenger.send('page', page);
      const csrf = readForms(shown.responseBody).find(({ fields }) => fields.csrf)?.fields.csrf ?? '';
      const forms: Record<string, Record<string, string>> = {
        identify: { stage: 'identify', action: 'continue', individual_id: `${person.individualId.slice(0, 8)}00`, factor: 'knowledge' },
        wrong: { stage: 'evidence', action: 'continue', name: 'Nobody', birthdate: '1 1 1900' },
        allow: { stage: 'consent', action: 'allow' },
        'deny-less-continue': { stage: 'consent', action: 'continue' },
        restart: { stage: 'evidence', action: 'restart' },
        resend: { stage: 'evidence', action: 'resend' },
        'stage-consent': {
          stage: 'consent',
          action: 'allow',
          individual_id: person.individualId,
          factor: 'knowledge',
          name: person.name ?? '',
          birthdate: person.birthdate ?? '',
        },
      };
      for (const name of steps) {
        const form = forms[name];
        const answer = form
          ? await session.messenger.send(name, page, { form: { csrf, ...form } })
          : await session.messenger.send(name, page);
        assert.ok(answer.status < 500);
        assert.doesNotMatch(answer.responseHeaders.get('location') ?? '', /[?&]code=/, steps.join(' '));
        if (/\/authorize\//.test(answer.responseHeaders.get('location') ?? '')) {
          const resumed = await session.messenger.send('resume', new URL(answer.responseHeaders.get('location') ?? '', page));
          assert.doesNotMatch(resumed.responseHeaders.get('location') ?? '', /[?&]code=/, steps.join(' '));
        }
      }
      // The engine's own way back, without our pages having said that anybody signed in.
      const resumed = await session.messenger.send('resume', new URL(page.pathname.replace('/interaction/', '/authorize/'), page));
      assert.doesNotMatch(resumed.responseHeaders.get('location') ?? '', /[?&]code=/, steps.join(' '));
    }),
    { numRuns: 30, seed: 20_261_124 },
  );
});

test('features A10, A11: one decision makes one code, however often the browser comes back from it at once', async () => {
  const session = await open();
  const { server, client, scope = '' } = session.request;
  const address = new URL(server.authorizationEndpoint);
  // Without a pushed request nothing else of the request is spent when it completes.
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope,
    state: 's',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  }).toString();
  const wayBack = /\/authorize\/[\w-]+$/;
  const answers: Exchange[] = [];
  const messenger = new Messenger();
  const send = messenger.send.bind(messenger);
  messenger.send = async (step, url, call) => {
    if (!wayBack.test(url.pathname)) return send(step, url, call);
    answers.push(...(await Promise.all(Array.from({ length: 20 }, () => send(step, url, call)))));
    return answers.find(({ responseHeaders }) => responseHeaders.has('location')) ?? (answers[0] as Exchange);
  };
  await signIn(messenger, address, client.redirectUri, await ordinary());
  const codes = answers.filter(({ responseHeaders }) => /[?&]code=/.test(responseHeaders.get('location') ?? ''));
  assert.equal(codes.length, 1);
  assert.ok(answers.every(({ status }) => status < 500));
});

test('features A10: what was allowed at one issuer is nothing at another that has a type of the same name', async () => {
  const { issuer: other, ...session } = await open();
  const request = {
    ...session.request,
    scope: 'openid',
    authorizationDetails: [{ type: 'openid_credential', credential_configuration_id: 'NationalIdentity', locations: [other.identifier] }],
    extra: { resource: `${instance.url.origin}/issuers/university` },
  };
  const code = await obtainCode(session.messenger, request, await personOf('khmer', 'knowledge', instance.url));
  const { access_token: token } = jsonOf(await redeemCode(session.messenger, request, code), 200);
  const { aud, authorization_details: details = [] } = decodeJwt(token as string);
  assert.equal(aud, request.extra.resource);
  assert.deepEqual(details, []);
});

test('features A10: whoever signs in next at the same browser is asked anew, and nobody before stands in the way', async () => {
  const session = await open();
  const subjects: unknown[] = [];
  for (const id of ['right-to-left', 'tamil', 'right-to-left']) {
    const code = await signInFor(session, await personOf(id, 'knowledge', instance.url));
    const { id_token: idToken } = jsonOf(await redeemCode(session.messenger, session.request, code), 200);
    subjects.push(decodeJwt(idToken as string).sub);
  }
  assert.equal(subjects[0], subjects[2]);
  assert.notEqual(subjects[0], subjects[1]);
});

test('quality R75, features C53: an answer without our token, with a foreign origin or for another sign-in is refused', async () => {
  const session = await open();
  const begin = async () => {
    const pushed = jsonOf(await push(session), 201);
    const address = new URL(session.request.server.authorizationEndpoint);
    address.search = new URLSearchParams({ client_id: session.client.clientId, request_uri: pushed.request_uri as string }).toString();
    const messenger = new Messenger();
    const begun = await messenger.send('authorize', address);
    const page = new URL(begun.responseHeaders.get('location') ?? '', address);
    const csrf = readForms((await messenger.send('page', page)).responseBody).find(({ fields }) => fields.csrf)?.fields.csrf ?? '';
    return { messenger, page, csrf };
  };
  const [one, other] = [await begin(), await begin()];
  const form = { stage: 'identify', action: 'continue', individual_id: '1', factor: 'knowledge' };
  const tries: readonly [string, Parameters<Messenger['send']>[2]][] = [
    ['no token', { form }],
    ['token of another sign-in', { form: { ...form, csrf: other.csrf } }],
    ['foreign origin', { form: { ...form, csrf: one.csrf }, headers: { origin: 'https://evil.example' } }],
    ['cross-site', { form: { ...form, csrf: one.csrf }, headers: { 'sec-fetch-site': 'cross-site' } }],
  ];
  for (const [what, call] of tries) assert.equal((await one.messenger.send(what, one.page, call)).status, 403, what);
  assert.equal(
    (await other.messenger.send('foreign browser', one.page, { form: { ...form, csrf: one.csrf } })).status,
    400,
    'another browser knows the token but not the cookie',
  );
});

test('quality R17, R18, R60: failures side by side keep apart, none is a 200, each challenge is there', async () => {
  const url = new URL(`${instance.url.origin}/issuers/civil-registry/credential`);
  const markers = Array.from({ length: 500 }, () => randomBytes(8).toString('hex'));
  const answers = await Promise.all(
    markers.map((marker) => new Messenger().send('x', url, { json: { marker }, headers: { authorization: `Bearer ${marker}` } })),
  );
  answers.forEach(({ status, responseBody, responseHeaders }, index) => {
    assert.equal(status, 401);
    assert.match(responseHeaders.get('www-authenticate') ?? '', /DPoP .*Bearer/);
    assert.equal(typeof JSON.parse(responseBody).error, 'string');
    for (const marker of markers) if (marker !== markers[index]) assert.ok(!responseBody.includes(marker));
  });
  for (const marker of markers.slice(0, 50)) assert.ok(!instance.output().includes(marker));
});

test('quality T12, features A07: what is typed at sign-in is in no log line', async () => {
  const session = await open();
  const person = await personOf('ordinary', 'password', instance.url);
  await signInFor(session, person);
  const log = instance.output();
  for (const canary of [person.individualId, person.name ?? '', person.password ?? '', person.birthdate ?? ''])
    assert.ok(canary !== '' && !log.includes(canary), canary);
});

test('quality T1: what no header can carry, and what is nested too deeply to be written, is refused and no fault of ours', async () => {
  const session = await open();
  const detail = (depth: number) =>
    `[{"type":"openid_credential","credential_configuration_id":"FarmerCard","more":${'['.repeat(depth)}${']'.repeat(depth)}}]`;
  const statusOf = async (depth: number) => (await push(session, { scope: 'openid', authorization_details: detail(depth) })).status;
  assert.deepEqual([await statusOf(10), await statusOf(1000), await statusOf(8000)], [201, 400, 400]);
  const appearance = new URL('/authorization/appearance', instance.url);
  const backs = [
    '/authorization/mailbox',
    '/authorization/\r\nset-cookie: a=b',
    '/authorization/\u0100',
    '/authorization/\0',
    '//evil.example/',
  ];
  const answers = await Promise.all(
    backs.map((back) => new Messenger().send('appearance', appearance, { form: { appearance: 'dark', back } })),
  );
  assert.deepEqual(
    answers.map(({ status, responseHeaders }) => [status, responseHeaders.get('location')]),
    backs.map((_, index) => [303, index === 0 ? '/authorization/mailbox' : '/authorization']),
  );
});
