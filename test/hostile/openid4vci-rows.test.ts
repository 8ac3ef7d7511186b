import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { decodeJwt } from 'jose';
import { type Exchange, jsonOf } from '../../examples/walk/exchange.ts';
import { type Code, dpopProof, keyProof, makeKey, obtainCode, obtainNonce, redeemCode } from '../../examples/walk/holder.ts';
import type { Person } from '../../examples/walk/person.ts';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { authorizationAddress, follow, pushRequest, reachConsent } from '../support/sign-in-pages.ts';
import { obtainToken, openSession, prepareRequest, type Session, sendRequest } from '../support/wallet-client.ts';

let instance: Instance;
let person: Person;
before(async () => {
  instance = await startInstance({ environment: withoutWallet });
  person = await personOf('ordinary', 'knowledge', instance.url);
});
after(() => instance?.stop());

const issuer = () => `${instance.url.origin}/issuers/civil-registry`;
const open = (scope = 'national_identity') => openSession(issuer(), scope);
const detail = (id: string, more = {}) => ({ type: 'openid_credential', credential_configuration_id: id, ...more });

/** The token answer to a request with these details and further parameters. */
async function tokenFor(session: Session, more: { details?: unknown; extra?: Record<string, string> } = {}) {
  const request = {
    ...session.request,
    ...(more.details ? { authorizationDetails: more.details } : {}),
    ...(more.extra ? { extra: more.extra } : {}),
  };
  const code: Code = await obtainCode(session.messenger, request, person);
  return jsonOf(await redeemCode(session.messenger, request, code), 200);
}

interface Label {
  readonly name: string;
  readonly locale: string;
}

const errorOf = ({ responseBody }: Exchange) => (JSON.parse(responseBody) as { error?: string }).error;

test('standards V-06, V-15, V-16, V-13: issuer_state of anybody, unknown parameters and unknown scopes change nothing that is granted', async () => {
  const plain = decodeJwt((await tokenFor(await open())).access_token as string);
  const session = await open('national_identity nothing_we_know');
  const hostile = `"><script>'; drop table handle; --\u202e${'x'.repeat(500)}`;
  const token = await tokenFor(session, { extra: { issuer_state: hostile, wallet_issuer: 'https://elsewhere.example', surplus: 'x' } });
  const claims = decodeJwt(token.access_token as string);
  assert.deepEqual([claims.scope, claims.aud], [plain.scope, plain.aud]);
  assert.equal(claims.scope, 'national_identity', 'an unknown scope is left out, the known one stands');
  assert.ok(!JSON.stringify(token).includes('script'));
});

test('standards V-12, V-14: details name their issuer by locations or are refused, and for one type they win over its scope', async () => {
  const session = await open();
  const refused = await pushRequest(session.messenger, session.request, {
    authorization_details: JSON.stringify([detail('NationalIdentity', { locations: ['https://elsewhere.example'] })]),
  });
  assert.deepEqual([refused.status, errorOf(refused)], [400, 'invalid_authorization_details']);
  const details = [detail('NationalIdentity', { locations: [issuer()] })];
  const token = await tokenFor(session, { details });
  const [granted] = token.authorization_details as { credential_identifiers: string[]; credential_configuration_id: string }[];
  assert.ok(granted && granted.credential_identifiers.length > 0);
  const { holderKey: _, body } = await prepareRequest(session, 'NationalIdentity');
  const byScope = await sendRequest(session, token.access_token as string, body);
  assert.deepEqual([byScope.status, errorOf(byScope)], [400, 'invalid_credential_request'], 'the identifiers of the details count');
  const { credential_configuration_id: _id, ...rest } = body;
  const byIdentifier = { ...rest, credential_identifier: granted.credential_identifiers[0] };
  assert.equal((await sendRequest(session, token.access_token as string, byIdentifier)).status, 200);
});

test('standards EP-4, EP-5, EP-6, V-19, H-01: the authorization endpoint takes GET and POST, pushed requests and tokens POST alone', async () => {
  const { messenger, request } = await open();
  const { server, client } = request;
  for (const method of ['GET', 'POST'] as const) {
    const pushed = jsonOf(await pushRequest(messenger, request), 201);
    assert.ok(Number(pushed.expires_in) > 0 && Number(pushed.expires_in) <= 90);
    const fields = { client_id: client.clientId, request_uri: String(pushed.request_uri) };
    const address = new URL(server.authorizationEndpoint);
    if (method === 'GET') address.search = new URLSearchParams(fields).toString();
    const answer = await messenger.send('authorize', address, method === 'POST' ? { form: fields } : {});
    assert.equal(answer.status, 303, method);
    const page = await follow(messenger, answer);
    assert.match(page.responseBody, /name="individual_id"/, method);
  }
  for (const url of [server.tokenEndpoint, server.pushedAuthorizationRequestEndpoint])
    assert.ok([404, 405].includes((await messenger.send('get', url)).status));
  const unknown = await messenger.send('token', server.tokenEndpoint, {
    form: { grant_type: 'authorization_code', client_id: 'nobody', code: 'x' },
  });
  assert.deepEqual([unknown.status, errorOf(unknown)], [401, 'invalid_client']);
  const nameless = await messenger.send('token', server.tokenEndpoint, { form: { grant_type: 'authorization_code', code: 'x' } });
  assert.ok(nameless.status === 400 || nameless.status === 401);
});

test('standards V-17, E-9: a request that cannot be answered at its address is told on a page; every other goes back with state and issuer', async () => {
  const { messenger, request } = await open();
  const { server, client } = request;
  const ask = (change: Record<string, string>) => {
    const address = new URL(server.authorizationEndpoint);
    address.search = new URLSearchParams({
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      response_type: 'code',
      scope: 'openid national_identity',
      state: 'kept',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
      ...change,
    }).toString();
    return messenger.send('authorize', address, { headers: { accept: 'text/html' } });
  };
  for (const change of [{ client_id: 'nobody' }, { redirect_uri: 'https://elsewhere.example/' }]) {
    const answer = await ask(change as unknown as Record<string, string>);
    assert.equal(answer.status, 400);
    assert.equal(answer.responseHeaders.get('location'), null);
    assert.match(answer.responseHeaders.get('content-type') ?? '', /^text\/html/);
  }
  for (const [change, error] of [
    [{ response_type: 'token' }, 'unsupported_response_type'],
    [{ prompt: 'none' }, 'login_required'],
    [{ request: 'x.y.z' }, 'request_not_supported'],
    [{ registration: '{}' }, 'registration_not_supported'],
    [{ code_challenge_method: 'plain' }, 'invalid_request'],
  ] as const) {
    const answer = await ask(change as unknown as Record<string, string>);
    const back = new URL(answer.responseHeaders.get('location') ?? '', answer.url);
    const parameters = new URLSearchParams(back.search || back.hash.slice(1));
    assert.deepEqual(
      [parameters.get('error'), parameters.get('state'), parameters.get('iss')],
      [error, 'kept', server.issuer],
      JSON.stringify(change),
    );
  }
});

test('features B07, standards V-26, V-27, V-28, EP-7, H-04: whoever asks gets a fresh nonce that is kept nowhere, and one for DPoP beside it', async () => {
  const { messenger, issuer: known } = await open();
  const answers = await Promise.all(Array.from({ length: 50 }, () => messenger.send('nonce', known.nonceEndpoint, { method: 'POST' })));
  for (const { status, responseHeaders, responseBody } of answers) {
    assert.equal(status, 200);
    assert.equal(responseHeaders.get('cache-control'), 'no-store');
    assert.ok(responseHeaders.get('dpop-nonce'));
    assert.deepEqual(Object.keys(JSON.parse(responseBody) as object), ['c_nonce']);
  }
  assert.equal(new Set(answers.map(({ responseBody }) => responseBody)).size, answers.length);
});

test('features B05, standards V-37, VX-9, VX-5, V-02, H-21: an answer holds credentials and no more; the scheme is read in any case; the earlier credential stands', async () => {
  const session = await open();
  const token = await obtainToken(session, person);
  const { messenger, client, issuer: known } = session;
  const url = known.credentialEndpoint;
  const nonce = (await messenger.send('nonce', known.nonceEndpoint, { method: 'POST' })).responseHeaders.get('dpop-nonce') ?? '';
  const statuses: { uri: string; idx: number }[] = [];
  for (const scheme of ['DPoP', 'dpop', 'DPOP']) {
    const { body } = await prepareRequest(session, 'NationalIdentity');
    const dpop = await dpopProof(client.dpopKey, 'POST', url, { accessToken: token, nonce });
    const answer = await messenger.send('credential', url, { json: body, headers: { authorization: `${scheme} ${token}`, dpop } });
    const read = jsonOf(answer, 200) as { credentials: { credential: string }[] };
    assert.deepEqual(Object.keys(read).toSorted(), ['credentials', 'notification_id']);
    assert.deepEqual(
      read.credentials.map((entry) => Object.keys(entry)),
      [['credential']],
    );
    assert.ok(answer.responseHeaders.get('date'));
    assert.equal(answer.responseHeaders.get('cache-control'), 'no-store');
    const { status } = decodeJwt<{ status: { status_list: { uri: string; idx: number } } }>(
      read.credentials[0]?.credential.split('~')[0] ?? '',
    );
    statuses.push(status.status_list);
  }
  assert.equal(
    new Set(statuses.map(({ uri, idx }) => `${uri} ${idx}`)).size,
    statuses.length,
    'standards H-21: an index of its own for each',
  );
  const [first] = statuses as [(typeof statuses)[number]];
  const list = decodeJwt<{ status_list: { lst: string } }>(await (await fetch(first.uri)).text());
  const bytes = inflateSync(Buffer.from(list.status_list.lst, 'base64url'));
  assert.equal(((bytes[first.idx >> 2] ?? 0xff) >> ((first.idx & 3) * 2)) & 3, 0, 'the first is as valid as before');
});

test('standards VX-10: a nonce serves one request; the next one with it is told to ask for another', async () => {
  const session = await open();
  const token = await obtainToken(session, person);
  const nonce = await obtainNonce(session.messenger, session.issuer);
  const one = await prepareRequest(session, 'NationalIdentity', nonce);
  const two = await prepareRequest(session, 'NationalIdentity', nonce);
  assert.equal((await sendRequest(session, token, one.body)).status, 200);
  const again = await sendRequest(session, token, two.body);
  assert.deepEqual([again.status, errorOf(again)], [400, 'invalid_nonce']);
  const foreign = await openSession(issuer().replace('civil-registry', 'university'), 'degree');
  const other = await prepareRequest(session, 'NationalIdentity', await obtainNonce(foreign.messenger, foreign.issuer));
  assert.equal(errorOf(await sendRequest(session, token, other.body)), 'invalid_nonce', 'of another issuer');
});

test('features B32, standards E-7, H-23: no token gives a bare challenge, a bad one its code, a missing proof of its key the nonce to make one with', async () => {
  const session = await open();
  const { messenger, client, issuer: known } = session;
  const url = known.credentialEndpoint;
  const { body } = await prepareRequest(session, 'NationalIdentity');
  const challenge = ({ status, responseHeaders }: Exchange) => [status, responseHeaders.get('www-authenticate') ?? ''] as const;
  const none = challenge(await messenger.send('credential', url, { json: body }));
  assert.equal(none[0], 401);
  assert.doesNotMatch(none[1], /error=/);
  const bad = challenge(await messenger.send('credential', url, { json: body, headers: { authorization: 'Bearer x.y.z' } }));
  assert.equal(bad[0], 401);
  assert.match(bad[1], /error="invalid_token"/);
  const token = await obtainToken(session, person);
  const dpop = await dpopProof(client.dpopKey, 'POST', url, { accessToken: token });
  const fresh = await messenger.send('credential', url, { json: body, headers: { authorization: `DPoP ${token}`, dpop } });
  assert.equal(fresh.status, 401);
  assert.match(fresh.responseHeaders.get('www-authenticate') ?? '', /error="use_dpop_nonce"/);
  assert.ok(fresh.responseHeaders.get('dpop-nonce'));
  const stranger = await makeKey();
  const nonce = fresh.responseHeaders.get('dpop-nonce') ?? '';
  const foreign = await dpopProof(stranger, 'POST', url, { accessToken: token, nonce });
  const stolen = await messenger.send('credential', url, { json: body, headers: { authorization: `DPoP ${token}`, dpop: foreign } });
  assert.equal(stolen.status, 401);
  assert.match(stolen.responseHeaders.get('www-authenticate') ?? '', /error="invalid_(dpop_proof|token)"/);
});

test('standards H-19, H-24, SD-2, SD-4, SD-8, quality R42: the SD-JWT VC is compact, bound by cnf.jwk alone, ends, and has a status', async () => {
  const session = await open();
  const { holderKey, body } = await prepareRequest(session, 'NationalIdentity');
  const answer = jsonOf(await sendRequest(session, await obtainToken(session, person), body), 200);
  const [{ credential } = { credential: '' }] = answer.credentials as { credential: string }[];
  assert.match(credential, /^[\w-]+\.[\w-]+\.[\w-]+(~[\w-]+)+~$/);
  const claims = decodeJwt<{ vct: string; cnf: { jwk: Record<string, string> }; _sd_alg?: string; status: object }>(
    credential.split('~')[0] ?? '',
  );
  const { kty, crv, x, y } = holderKey.publicJwk;
  assert.deepEqual(claims.cnf, { jwk: { kty, crv, x, y } });
  assert.equal(claims._sd_alg ?? 'sha-256', 'sha-256');
  assert.ok((claims.iat ?? Number.POSITIVE_INFINITY) <= Date.now() / 1000 && (claims.exp ?? 0) > Date.now() / 1000 && claims.status);
  const types = await (await fetch(`${instance.url.origin}/.well-known/openid-credential-issuer/issuers/civil-registry`)).json();
  const configurations = (types as { credential_configurations_supported: Record<string, { vct?: string }> })
    .credential_configurations_supported;
  assert.equal(claims.vct, configurations.NationalIdentity?.vct);
});

test('standards V-68: the consent page says whose document of which issuer with which claims, from the metadata of that issuer', async () => {
  const { messenger, request } = await open();
  const page = await reachConsent(messenger, await authorizationAddress(messenger, request), person);
  const metadata = (await (await fetch(`${instance.url.origin}/.well-known/openid-credential-issuer/issuers/civil-registry`)).json()) as {
    display: Label[];
    credential_configurations_supported: Record<
      string,
      { credential_metadata: { display: Label[]; claims: { path: unknown[]; display: Label[] }[] } }
    >;
  };
  const described = metadata.credential_configurations_supported.NationalIdentity?.credential_metadata;
  const english = (entries: readonly Label[] = []) => entries.find(({ locale }) => locale === 'en')?.name ?? '';
  for (const name of [
    english(metadata.display),
    english(described?.display),
    ...(described?.claims ?? []).filter(({ path }) => path.length === 1).map(({ display }) => english(display)),
  ])
    assert.ok(name !== '' && page.responseBody.includes(name), name);
});

test('standards V-74, V-33: a proof for another issuer, or by a client that is not the one of the token, is refused', async () => {
  const session = await open();
  const token = await obtainToken(session, person);
  const key = await makeKey();
  const ask = async (proof: string) =>
    errorOf(await sendRequest(session, token, { credential_configuration_id: 'NationalIdentity', proofs: { jwt: [proof] } }));
  const nonce = () => obtainNonce(session.messenger, session.issuer);
  assert.equal(await ask(await keyProof(key, 'https://elsewhere.example', await nonce(), session.client.clientId)), 'invalid_proof');
  assert.equal(await ask(await keyProof(key, issuer(), await nonce(), 'another-client')), 'invalid_proof');
  assert.equal(await ask(await keyProof(key, issuer(), await nonce(), session.client.clientId)), undefined);
});
