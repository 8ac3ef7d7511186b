import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { after, before, test } from 'node:test';
import fc from 'fast-check';
import { decodeJwt, decodeProtectedHeader } from 'jose';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { redeemCode } from '../../examples/walk/holder.ts';
import { type Person, readForms } from '../../examples/walk/person.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { authorizationAddress, locationOf, pushRequest } from '../support/sign-in-pages.ts';
import { openSession, signInFor } from '../support/wallet-client.ts';

let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'debug' } });
});
after(() => instance?.stop());

const open = () => openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
const ordinary = () => personOf('ordinary', 'knowledge', instance.url);

test('features A16, quality R33, R46, standards V-71: the access token says what may be issued and to whom, and nothing of the person', async () => {
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
  assert.equal(token.expires_in, 300, 'what is announced is what is written');
  assert.ok((claims.cnf as { jkt: string }).jkt);
  const person = await ordinary();
  for (const token_ of [token.access_token, token.id_token]) {
    const text = Buffer.from(String(token_).split('.')[1] ?? '', 'base64url').toString();
    for (const value of [person.individualId, person.name ?? '', 'Amina', '1988']) assert.ok(!text.includes(value), `${value} in a token`);
  }
});

test('quality R2, features A13, A28: two hundred spellings of a redirect URI, none accepted', async () => {
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
    const answer = await pushRequest(session.messenger, session.request, { redirect_uri: uri });
    assert.ok(answer.status >= 400 && answer.status < 500, `${uri}: ${answer.status}`);
  }
  assert.equal((await pushRequest(session.messenger, session.request)).status, 201, 'nothing else was wrong with them');
});

test('features A28, C03, standards F-16, F-19, F-32: no other response type, no missing or plain challenge, no request_uri and no request object inside a pushed request', async () => {
  const session = await open();
  const cases = [
    { response_type: 'token' },
    { response_type: 'code id_token' },
    { code_challenge: undefined, code_challenge_method: undefined },
    { code_challenge_method: 'plain' },
    { request_uri: 'urn:x' },
    { request: 'eyJhbGciOiJub25lIn0.e30.' },
    { response_mode: 'web_message' },
  ];
  for (const change of cases) {
    const answer = await pushRequest(session.messenger, session.request, change);
    assert.equal(answer.status, 400, JSON.stringify(change));
  }
  for (const method of ['GET', 'PUT', 'DELETE'])
    assert.ok((await session.messenger.send('par', session.request.server.pushedAuthorizationRequestEndpoint, { method })).status >= 400);
});

/** What somebody can send to a sign-in; `right` evidence alone proves anything. */
function answersOf({ individualId, name = '', birthdate = '' }: Person): Readonly<Record<string, Readonly<Record<string, string>>>> {
  const right = { name, birthdate };
  return {
    identify: { stage: 'identify', action: 'continue', individual_id: individualId, factor: 'knowledge' },
    stranger: { stage: 'identify', action: 'continue', individual_id: `${individualId.slice(0, 8)}00`, factor: 'knowledge' },
    right: { stage: 'evidence', action: 'continue', ...right },
    wrong: { stage: 'evidence', action: 'continue', name: 'Nobody', birthdate: '1 1 1900' },
    allow: { stage: 'consent', action: 'allow' },
    continue: { stage: 'consent', action: 'continue' },
    everything: { stage: 'consent', action: 'allow', individual_id: individualId, factor: 'knowledge', ...right },
    restart: { stage: 'evidence', action: 'restart' },
    resend: { stage: 'evidence', action: 'resend' },
    deny: { stage: 'consent', action: 'deny' },
  };
}

/** Whether these answers prove somebody and then allow: what each does in the stage the others have led to. */
function earnsCode(steps: readonly string[]): boolean {
  let stage: 'identify' | 'known' | 'strange' | 'consent' | 'ended' = 'identify';
  for (const step of steps) {
    if ((step === 'allow' || step === 'everything') && stage === 'consent') return true;
    if (stage === 'ended') return false;
    if (step === 'deny') stage = 'ended';
    else if (step === 'restart') stage = 'identify';
    else if (stage === 'identify' && step === 'identify') stage = 'known';
    else if (stage === 'identify' && step === 'stranger') stage = 'strange';
    else if (stage === 'known' && step === 'right') stage = 'consent';
  }
  return false;
}

/** Sends the answers to a sign-in of its own; `resume`, and whoever is done, asks the engine for its own way back. True when a code came out. */
async function codeComesOut(steps: readonly string[], person: Person): Promise<boolean> {
  const session = await open();
  const messenger = new Messenger();
  const page = locationOf(await messenger.send('authorize', await authorizationAddress(session.messenger, session.request)));
  const resume = new URL(page.pathname.replace('/interaction/', '/authorize/'), page);
  const fieldOf = async (name: string) =>
    readForms((await messenger.send('page', page)).responseBody).find(({ fields }) => fields[name])?.fields[name] ?? '';
  const csrf = await fieldOf('csrf');
  const answers = answersOf(person);
  for (const name of [...steps, 'resume']) {
    const form = answers[name];
    // What the page brings back of itself, as a browser would: it must not be what stands between an order and a code.
    const decision = form?.stage === 'consent' ? await fieldOf('decision') : '';
    const answered = await messenger.send(name, form ? page : resume, form ? { form: { csrf, decision, ...form } } : {});
    assert.ok(answered.status < 500, steps.join(' '));
    if (/[?&]code=/.test(answered.responseHeaders.get('location') ?? '')) return true;
  }
  return false;
}

test('features A10: over all orders of answers a code comes out only behind proven evidence and a consent', {
  timeout: 240_000,
}, async () => {
  const person = await ordinary();
  const step = fc.constantFrom('resume', ...Object.keys(answersOf(person)));
  // One order that earns a code, so that the test could see one; and the same with one answer left out.
  const good = ['identify', 'right', 'allow'];
  assert.equal(await codeComesOut(good, person), true);
  for (const left of good)
    assert.equal(
      await codeComesOut(
        good.filter((name) => name !== left),
        person,
      ),
      false,
      `without ${left}`,
    );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 8 }), async (steps) => {
      if (await codeComesOut(steps, person)) assert.ok(earnsCode(steps), steps.join(' '));
    }),
    { numRuns: 40, seed: 20_261_124 },
  );
});

test('quality R75, features A28, C53: an answer without our token, with a foreign origin or for another sign-in is refused', async () => {
  const session = await open();
  const begin = async () => {
    const messenger = new Messenger();
    const page = locationOf(await messenger.send('authorize', await authorizationAddress(session.messenger, session.request)));
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

test('quality R17, R18, R60: two thousand failures side by side keep apart, none is a 200, each challenge is there', async () => {
  const at = (path: string) => new URL(path, instance.url);
  const sends: readonly ((messenger: Messenger, marker: string) => Promise<Exchange>)[] = [
    (messenger, marker) =>
      messenger.send('x', at('/issuers/civil-registry/credential'), { json: { marker }, headers: { authorization: `Bearer ${marker}` } }),
    (messenger, marker) =>
      messenger.send('x', at('/authorization/token'), { form: { client_id: marker, grant_type: marker, code: marker } }),
    (messenger, marker) =>
      messenger.send('x', at('/authorization/par'), { form: { client_id: 'walk', redirect_uri: marker, scope: marker } }),
    (messenger, marker) => messenger.send('x', at(`/authorization/authorize?client_id=${marker}&state=${marker}`)),
  ];
  const markers = Array.from({ length: 2000 }, () => `mark${randomBytes(8).toString('hex')}`);
  const queue = markers.map((marker, index) => ({ marker, index }));
  const drain = async () => {
    for (let next = queue.pop(); next; next = queue.pop()) {
      const { marker, index } = next;
      const { status, responseBody, responseHeaders } = await (sends[index % sends.length] as (typeof sends)[number])(
        new Messenger(),
        marker,
      );
      assert.ok(status >= 400 && status < 500, `${index % sends.length}: ${status}`);
      // A refusal may repeat what its own request said, and nothing of another.
      const told = responseBody + [...responseHeaders.values()].join('\n');
      assert.deepEqual(
        [...told.matchAll(/mark[0-9a-f]{16}/g)].filter(([found]) => found !== marker),
        [],
      );
      if (index % sends.length === 0) assert.match(responseHeaders.get('www-authenticate') ?? '', /DPoP .*Bearer/);
      if (index % sends.length < 3) assert.equal(typeof JSON.parse(responseBody).error, 'string');
    }
  };
  await Promise.all(Array.from({ length: 100 }, drain));
  assert.doesNotMatch(instance.output(), /mark[0-9a-f]{16}/);
});

test('quality T12, features A07: what is typed at sign-in is in no log line', async () => {
  const session = await open();
  const person = await personOf('ordinary', 'password', instance.url);
  await signInFor(session, person);
  const log = instance.output();
  for (const canary of [person.individualId, person.name ?? '', person.password ?? '', person.birthdate ?? ''])
    assert.ok(canary !== '' && !log.includes(canary), canary);
});
