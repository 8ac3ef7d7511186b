import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { obtainCode, redeemCode } from '../../examples/walk/holder.ts';
import { readForms, signIn } from '../../examples/walk/person.ts';
import { writeDemoConfig } from '../support/demo-config.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { authorizationAddress, locationOf, pushRequest } from '../support/sign-in-pages.ts';
import { openSession, signInFor } from '../support/wallet-client.ts';

const webRedirect = 'https://relying-party.example/callback';
let instance: Instance;
let config: Awaited<ReturnType<typeof writeDemoConfig>>;
before(async () => {
  // A type that both issuers have: what was allowed of one must be nothing at the other.
  config = await writeDemoConfig(({ authorization: { clients }, issuers }) => {
    // One on the web: native ones are always asked.
    clients.push({ ...clients[0], clientId: 'web', redirectUris: [webRedirect] });
    issuers.university?.types.push(...(issuers['civil-registry']?.types.filter((file) => file.includes('national')) ?? []));
  });
  instance = await startInstance({ environment: { CHANCERY_CONFIG: config.file } });
});
after(async () => {
  await instance?.stop();
  await config?.remove();
});

const open = () => openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
const ordinary = () => personOf('ordinary', 'knowledge', instance.url);

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
    const code = signInFor(session, await personOf(id, 'knowledge', instance.url));
    await assert.doesNotReject(code, `${id} signs in`);
    const { id_token: idToken } = jsonOf(await redeemCode(session.messenger, session.request, await code), 200);
    subjects.push(decodeJwt(idToken as string).sub);
  }
  assert.equal(subjects[0], subjects[2]);
  assert.notEqual(subjects[0], subjects[1]);
});

test('features A10: a browser in which somebody has just signed in is asked again, for evidence and consent, at the next request', async () => {
  const { messenger, issuer, request } = await open();
  const client = { ...request.client, clientId: 'web', redirectUri: webRedirect };
  const session = { messenger, issuer, client, request: { ...request, client } };
  await signInFor(session, await ordinary());
  let last = await messenger.send('authorize', await authorizationAddress(messenger, session.request));
  while (last.status === 302 || last.status === 303) {
    const location = locationOf(last);
    assert.ok(!location.href.startsWith(webRedirect), `${location.searchParams.get('error') ?? 'a code'} without a sign-in`);
    last = await messenger.send('follow', location);
  }
  const forms = readForms(last.responseBody);
  assert.ok(forms.some(({ inputs }) => inputs.has('individual_id')) && !forms.some(({ actions }) => actions.has('allow')));
});

test('quality T1: what no header can carry, and what is nested too deeply to be written, is refused and no fault of ours', async () => {
  const session = await open();
  const detail = (depth: number) =>
    `[{"type":"openid_credential","credential_configuration_id":"FarmerCard","more":${'['.repeat(depth)}${']'.repeat(depth)}}]`;
  const statusOf = async (depth: number) =>
    (await pushRequest(session.messenger, session.request, { scope: 'openid', authorization_details: detail(depth) })).status;
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
