import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { type Exchange, Messenger } from '../../examples/walk/exchange.ts';
import { withoutWallet } from '../support/instance.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { makeRelyingParty, type RelyingParty } from '../support/relying-party.ts';
import { racers, rounds, startTwoNodes, type TwoNodes, tally } from '../support/two-nodes.ts';
import { compact, type Mutant, tokenMutants } from './token-mutants.ts';

let party: RelyingParty;
let nodes: TwoNodes;
let dpop: TestKey;
before(async () => {
  party = await makeRelyingParty();
  nodes = await startTwoNodes({ ...withoutWallet, CHANCERY_CONFIG: party.configFile });
  dpop = await makeTestKey();
});
after(async () => {
  await nodes?.stop();
  await party?.remove();
});

const now = () => Math.floor(Date.now() / 1000);
const issuer = () => new URL('/authorization', nodes.base).href;
const errorOf = ({ responseBody }: Exchange) => (JSON.parse(responseBody) as { error: string }).error;

const assertionHeader = () => ({ alg: 'ES256', kid: party.keyId });
const assertionClaims = (more: Readonly<Record<string, unknown>> = {}) => ({
  iss: party.clientId,
  sub: party.clientId,
  aud: issuer(),
  jti: randomUUID(),
  iat: now(),
  exp: now() + 60,
  ...more,
});
const assertion = (more?: Readonly<Record<string, unknown>>) => compact(assertionHeader(), assertionClaims(more), party.key.key);

function push(messenger: Messenger, client_assertion: string, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> {
  const form = {
    client_id: party.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    response_type: 'code',
    redirect_uri: party.redirectUri,
    scope: 'openid',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  };
  return messenger.send('par', new URL(`${issuer()}/par`), { form, headers });
}

function redeem(client_assertion: string, headers: Readonly<Record<string, string>> = {}): Promise<Exchange> {
  const form = {
    client_id: party.clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion,
    grant_type: 'authorization_code',
    code: 'x',
    redirect_uri: party.redirectUri,
    code_verifier: 'v'.repeat(43),
  };
  return new Messenger().send('token', new URL(`${issuer()}/token`), { form, headers });
}

test(`quality T2 (SU6), features A15: ${racers} racers on two nodes send one client assertion, ${rounds} rounds, one is heard`, {
  timeout: 1_800_000,
}, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const replayed = assertion();
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => push(nodes.racer(index), replayed)));
    assert.deepEqual(
      tally(
        answers.map(({ status }) => status),
        201,
      ),
      { winners: 1, faults: 0 },
      `round ${round}`,
    );
    for (const answer of answers) if (answer.status !== 201) assert.deepEqual([answer.status, errorOf(answer)], [401, 'invalid_client']);
  }
  const used = assertion();
  assert.equal((await push(nodes.racer(0), used)).status, 201);
  assert.equal(errorOf(await redeem(used)), 'invalid_client', 'nor at the other endpoint');
});

test('standards F-11: a client assertion is for the issuer identifier, as a string, of this client, and lives a minute or so', async () => {
  const refused: readonly (readonly [string, Readonly<Record<string, unknown>>, string?])[] = [
    ['elsewhere', { aud: 'https://elsewhere.example' }],
    ['a stroke too much', { aud: `${issuer()}/` }],
    ['a list', { aud: [issuer()] }],
    ['the endpoint', { aud: `${issuer()}/par` }],
    ['the token endpoint', { aud: `${issuer()}/token` }],
    ['no subject', { sub: undefined }],
    ['another subject', { sub: 'walk' }, 'invalid_request'],
    ['another issuer', { iss: 'walk' }],
    ['no jti', { jti: undefined }],
    ['expired', { exp: now() - 300 }],
    ['good for a day', { exp: now() + 86_400 }],
  ];
  for (const [what, change, error = 'invalid_client'] of refused) {
    const answer = await push(new Messenger(), assertion(change));
    assert.deepEqual([answer.status, errorOf(answer)], [error === 'invalid_client' ? 401 : 400, error], what);
  }
  assert.equal((await push(new Messenger(), assertion())).status, 201);
});

/** Which of the mutants was not refused as it should be. All carry one `jti`: a refused token never spends it. */
async function unrefused(
  mutants: readonly Mutant[],
  send: (token: string) => Promise<Exchange>,
  isRefused: (answer: Exchange) => boolean,
): Promise<string[]> {
  assert.ok(mutants.length >= 90, `${mutants.length}`);
  const found: string[] = [];
  for (const { name, token } of mutants) {
    const answer = await send(token);
    if (!isRefused(answer)) found.push(`${name}: ${answer.status} ${answer.responseBody.slice(0, 100)}`);
  }
  return found;
}

test('quality T5, features A15: a hundred hostile client assertions at both endpoints, none accepted', async () => {
  // The type is optional, and most libraries write this one.
  const may = new Set(['typ "JWT"', 'header without typ']);
  const parts = () => ({ header: { ...assertionHeader(), typ: 'JWT' }, payload: assertionClaims(), key: party.key.key });
  const isRefused = (answer: Exchange) =>
    (answer.status === 401 && errorOf(answer) === 'invalid_client') || (answer.status === 400 && errorOf(answer) === 'invalid_request');
  for (const send of [(token: string) => push(new Messenger(), token), redeem]) {
    const mutants = tokenMutants(parts()).filter(({ name }) => !may.has(name));
    assert.deepEqual(await unrefused(mutants, send, isRefused), []);
  }
});

test('quality T5, standards F-34: a hundred hostile DPoP proofs at both endpoints of the authorization server, none accepted', async () => {
  const header = { typ: 'dpop+jwt', alg: 'ES256', jwk: dpop.publicJwk };
  let nonce: string | undefined;
  const claims = (path: string) => ({ jti: randomUUID(), htm: 'POST', htu: issuer() + path, iat: now(), nonce });
  const pushWith = (proof: string) => push(new Messenger(), assertion(), { dpop: proof });
  const sends = { '/par': pushWith, '/token': (proof: string) => redeem(assertion(), { dpop: proof }) };
  const asked = await Promise.all(Object.entries(sends).map(([path, send]) => send(compact(header, claims(path), dpop.key))));
  for (const answer of asked) assert.deepEqual([answer.status, errorOf(answer)], [400, 'use_dpop_nonce'], 'without a nonce');
  nonce = asked[0]?.responseHeaders.get('dpop-nonce') ?? '';
  assert.equal((await pushWith(compact(header, claims('/par'), dpop.key))).status, 201, 'a good one');
  const isRefused = (answer: Exchange) => answer.status === 400 && errorOf(answer) === 'invalid_dpop_proof';
  for (const [path, send] of Object.entries(sends)) {
    // A header of that length is answered by the HTTP server itself.
    const mutants = tokenMutants({ header, payload: claims(path), key: dpop.key }).filter(({ name }) => name !== 'far too long');
    assert.deepEqual(await unrefused(mutants, send, isRefused), []);
  }
});
