import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { type Exchange, jsonOf, Messenger } from '../../examples/walk/exchange.ts';
import { makeKey, postWithDpop, redeemCode } from '../../examples/walk/holder.ts';
import { signIn as signInAs } from '../../examples/walk/person.ts';
import { writeDemoConfig } from '../support/demo-config.ts';
import { freePorts, type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { credentialOf, openSession, prepareRequest, type Session, sendRequest, signInFor } from '../support/wallet-client.ts';

const racers = process.env.CHANCERY_LONG ? 1000 : 50;
let folder: string;
let config: Awaited<ReturnType<typeof writeDemoConfig>>;
let nodes: readonly Instance[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-refresh-'));
  const [port = 0, other = 0] = await freePorts(2);
  config = await writeDemoConfig(({ authorization: { clients } }) => {
    const [walk] = clients;
    clients.push({ ...walk, clientId: 'renewing', refreshTokens: true }, { ...walk, clientId: 'neighbour', refreshTokens: true });
  });
  const environment = { ...withoutWallet, CHANCERY_CONFIG: config.file, CHANCERY_PUBLIC_URL: `http://localhost:${port}` };
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

const base = () => nodes[0]?.url as URL;
const racer = (index: number) => new Messenger(undefined, (url) => new URL(url.pathname + url.search, nodes[index % 2]?.url));

async function open(clientId: string): Promise<Session> {
  const session = await openSession(`${base().origin}/issuers/civil-registry`, 'national_identity');
  const client = { ...session.client, clientId };
  return { ...session, client, request: { ...session.request, client } };
}

interface Tokens {
  readonly access_token: string;
  readonly refresh_token?: string;
}

async function signIn(session: Session, details?: object): Promise<Tokens> {
  const request = details ? { server: session.request.server, client: session.client, authorizationDetails: [details] } : session.request;
  const code = await signInFor({ ...session, request }, await personOf('ordinary', 'knowledge', base()));
  return jsonOf(await redeemCode(session.messenger, session.request, code), 200) as unknown as Tokens;
}

const formOf = (token: string | undefined, clientId: string) => ({
  grant_type: 'refresh_token',
  client_id: clientId,
  refresh_token: token ?? assert.fail('no refresh token'),
});
const refresh = (session: Session, token: string | undefined, { key = session.client.dpopKey, clientId = session.client.clientId } = {}) =>
  postWithDpop(new Messenger(), { step: 'refresh', url: session.request.server.tokenEndpoint, key, form: formOf(token, clientId) });
const errorOf = ({ status, responseBody }: Exchange) => `${status} ${(JSON.parse(responseBody) as { error?: string }).error}`;

test('features B33, standards X-4, H-15: a bound refresh token renews a document without a sign-in, and stays the same', async () => {
  const session = await open('renewing');
  const first = await signIn(session);
  const renewed = jsonOf(await refresh(session, first.refresh_token), 200) as unknown as Tokens;
  assert.equal(renewed.refresh_token, first.refresh_token, 'a lost answer loses nothing');
  const again = jsonOf(await refresh(session, first.refresh_token), 200) as unknown as Tokens;
  const [one, two] = [decodeJwt(first.access_token), decodeJwt(again.access_token)];
  assert.notEqual(one.jti, two.jti);
  for (const name of ['iss', 'aud', 'sub', 'scope', 'client_id', 'cnf'] as const) assert.deepEqual(two[name], one[name], name);
  assert.notEqual(one.registry_reference, two.registry_reference, 'sealed to its own token');
  const prepared = await prepareRequest(session, 'NationalIdentity');
  assert.match(credentialOf(await sendRequest(session, again.access_token, prepared.body)), /^ey/);
});

test('standards V-22, features B18: the identifiers of authorization_details stay the same over a refresh', async () => {
  const session = await open('renewing');
  const detail = { type: 'openid_credential', credential_configuration_id: 'NationalIdentity', locations: [session.issuer.identifier] };
  const first = await signIn(session, detail);
  const renewed = jsonOf(await refresh(session, first.refresh_token), 200);
  const expected = [{ ...detail, credential_identifiers: ['NationalIdentity.main'] }];
  assert.deepEqual([decodeJwt(first.access_token).authorization_details, renewed.authorization_details], [expected, expected]);
});

test('standards O-11, quality SU7: another client, another key, no key, no token, and a client that may not: all refused', async () => {
  const session = await open('renewing');
  const { refresh_token: token } = await signIn(session);
  const plain = await session.messenger.send('refresh', session.request.server.tokenEndpoint, { form: formOf(token, 'renewing') });
  const answers: readonly Exchange[] = [
    await refresh(session, token, { clientId: 'neighbour' }),
    await refresh(session, token, { key: await makeKey() }),
    plain,
    await refresh(session, `${token?.slice(0, -1)}`),
    await refresh(session, token, { clientId: 'walk' }),
  ];
  for (const [index, answer] of answers.entries()) assert.match(errorOf(answer), /^400 (?:invalid_grant|invalid_request)$/, `${index}`);
  assert.equal((await refresh(session, token)).status, 200, 'none of it has spent the token');
  assert.equal((await signIn(await open('walk'))).refresh_token, undefined);
});

/** A whole sign-in without a DPoP proof anywhere. */
async function withoutKey(session: Session): Promise<string> {
  const { client, server, scope } = session.request;
  const verifier = randomBytes(32).toString('base64url');
  const address = new URL(server.authorizationEndpoint);
  address.search = new URLSearchParams({
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope: scope ?? '',
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
  }).toString();
  const answer = await signInAs(session.messenger, address, client.redirectUri, await personOf('ordinary', 'knowledge', base()));
  const form = {
    grant_type: 'authorization_code',
    client_id: client.clientId,
    code: answer.searchParams.get('code') ?? '',
    redirect_uri: client.redirectUri,
    code_verifier: verifier,
  };
  const tokens = jsonOf(await session.messenger.send('token', server.tokenEndpoint, { form }), 200);
  assert.equal(tokens.token_type, 'Bearer');
  return String(tokens.refresh_token);
}

test(`quality T2, R10 (SU7): a token bound to no key is spent at each use; of ${racers} at one moment on two nodes one wins, and its reuse ends the family`, async () => {
  const session = await open('renewing');
  const token = await withoutKey(session);
  const { tokenEndpoint } = session.request.server;
  const use = (value: string, messenger = new Messenger()) => messenger.send('refresh', tokenEndpoint, { form: formOf(value, 'renewing') });
  const answers = await Promise.all(Array.from({ length: racers }, (_, index) => use(token, racer(index))));
  const winners = answers.filter(({ status }) => status === 200);
  assert.ok(answers.every(({ status }) => status === 200 || status === 400));
  assert.equal(winners.length, 1);
  const next = String(jsonOf(winners[0] as Exchange, 200).refresh_token);
  assert.notEqual(next, token);
  assert.equal(errorOf(await use(token)), '400 invalid_grant');
  assert.equal(errorOf(await use(next)), '400 invalid_grant', 'the family is revoked');
});
