import assert from 'node:assert/strict';
import { request as httpRequest } from 'node:http';
import { after, before, test } from 'node:test';
import { jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { postWithDpop, redeemCode } from '../../examples/walk/holder.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { answerForm, authorizationAddress, locationOf, reachConsent } from '../support/sign-in-pages.ts';
import { openSession, prepareRequest, sendRequest, signInFor, walkClient } from '../support/wallet-client.ts';

// What the other tests of the authorization server do not hold of the best current practice, rule by rule.

let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: withoutWallet });
});
after(() => instance?.stop());

const issuer = () => new URL('/authorization', instance.url).href;
const open = () => openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
const ordinary = () => personOf('ordinary', 'knowledge', instance.url);

test('features A28 (RFC 9700 §2.1.1, §2.6, §4.4): metadata promises code flow with PKCE S256 and the issuer in the answer, and no more', async () => {
  const metadata = jsonOf(
    await new Messenger().send('x', new URL('/.well-known/oauth-authorization-server/authorization', instance.url)),
    200,
  );
  assert.deepEqual(metadata.response_types_supported, ['code']);
  assert.deepEqual(metadata.grant_types_supported, ['authorization_code']);
  assert.deepEqual(metadata.code_challenge_methods_supported, ['S256']);
  assert.deepEqual(metadata.token_endpoint_auth_methods_supported, ['private_key_jwt', 'none']);
  assert.equal(metadata.authorization_response_iss_parameter_supported, true);
  assert.equal(metadata.issuer, issuer());
});

test('features A28 (RFC 9700 §2.4, §4.14): neither a password nor a refresh token nor a client alone gets a token', async () => {
  const { client, request, messenger } = await open();
  for (const grant_type of ['password', 'client_credentials', 'refresh_token', 'implicit', 'urn:ietf:params:oauth:grant-type:jwt-bearer']) {
    const form = { grant_type, client_id: client.clientId, username: 'a', password: 'b', refresh_token: 'c', assertion: 'd' };
    const answer = await postWithDpop(messenger, { step: 'token', url: request.server.tokenEndpoint, key: client.dpopKey, form });
    assert.deepEqual([answer.status, JSON.parse(answer.responseBody).error], [400, 'unsupported_grant_type'], grant_type);
  }
});

test('features A28 (RFC 9700 §4.11): an unknown client or address is told on a page of ours; nothing leads to an address that is not registered', async () => {
  const evil = 'https://evil.example/callback';
  const asks: readonly Readonly<Record<string, string>>[] = [
    { client_id: 'nobody', redirect_uri: evil, response_type: 'code' },
    { client_id: walkClient.clientId, redirect_uri: evil, response_type: 'code' },
    { redirect_uri: evil, response_type: 'code' },
  ];
  for (const ask of asks) {
    const address = new URL(`${issuer()}/authorize`);
    address.search = new URLSearchParams(ask).toString();
    const answer = await new Messenger().send('authorize', address);
    assert.ok(answer.status >= 400 && answer.status < 500, JSON.stringify(ask));
    assert.equal(answer.responseHeaders.get('location'), null);
    assert.doesNotMatch(answer.responseBody, /evil\.example/);
  }
  const fetched = new URL(`${issuer()}/authorize`);
  fetched.search = new URLSearchParams({ client_id: walkClient.clientId, request_uri: evil }).toString();
  const back = locationOf(await new Messenger().send('authorize', fetched));
  assert.ok(
    back.href.startsWith(`${walkClient.redirectUri}?`) && back.searchParams.get('error') === 'request_uri_not_supported',
    back.href,
  );
});

test('features A13, A28 (RFC 9700 §4.2.4, §4.12, §4.16): pages send no referrer, are kept nowhere and framed by nobody; forms end in 303', async () => {
  const { messenger, request } = await open();
  const consent = await reachConsent(messenger, await authorizationAddress(messenger, request), await ordinary());
  assert.equal(consent.status, 200);
  assert.equal(consent.responseHeaders.get('referrer-policy'), 'no-referrer');
  assert.equal(consent.responseHeaders.get('cache-control'), 'no-store');
  assert.equal(consent.responseHeaders.get('x-frame-options'), 'DENY');
  assert.match(consent.responseHeaders.get('content-security-policy') ?? '', /frame-ancestors 'none'/);
  const allowed = await answerForm(messenger, consent, { action: 'allow' });
  assert.equal(allowed.status, 303);
  const answered = await messenger.send('resume', locationOf(allowed));
  assert.equal(answered.status, 303);
  assert.match(answered.responseHeaders.get('cache-control') ?? '', /no-store/);
  assert.equal(locationOf(answered).searchParams.get('iss'), issuer(), 'standards: RFC 9207 §2');
});

test('features A28 (RFC 9700 §4.13): what a stranger says of host and scheme reaches no document and no proof', async () => {
  const read = (headers: Record<string, string>): Promise<string> =>
    new Promise((resolve, reject) => {
      httpRequest(new URL(`${issuer()}/.well-known/openid-configuration`), { headers }, (incoming) => {
        let body = '';
        incoming.on('data', (chunk: Buffer) => (body += chunk.toString()));
        incoming.on('end', () => resolve(body));
      })
        .on('error', reject)
        .end();
    });
  const plain = await read({});
  for (const headers of [
    { host: 'evil.example' },
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-proto': 'https' },
    { forwarded: 'host=evil.example;proto=https' },
  ])
    assert.equal(await read(headers), plain);
});

test('features A28 (RFC 9700 §2.2, §2.3): a token is bound to its key and to one issuer, and covers what was consented to', async () => {
  const session = await open();
  const token = jsonOf(await redeemCode(session.messenger, session.request, await signInFor(session, await ordinary())), 200);
  assert.equal(token.refresh_token, undefined);
  const other = await openSession(`${instance.url.origin}/issuers/university`, 'degree');
  const { body } = await prepareRequest(other, Object.keys(other.issuer.configurations)[0] ?? '');
  const elsewhere = await sendRequest({ ...other, client: session.client }, String(token.access_token), body);
  assert.equal(elsewhere.status, 401, 'at the other issuer');
  const stolen = await openSession(session.issuer.identifier, 'national_identity');
  const prepared = await prepareRequest(stolen, 'NationalIdentity');
  assert.equal((await sendRequest(stolen, String(token.access_token), prepared.body)).status, 401, 'with another key');
  const beyond = await prepareRequest(session, 'DrivingLicence');
  assert.equal((await sendRequest(session, String(token.access_token), beyond.body)).status, 403, 'another type');
  const good = await prepareRequest(session, 'NationalIdentity');
  assert.equal((await sendRequest(session, String(token.access_token), good.body)).status, 200);
});
