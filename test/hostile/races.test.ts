import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Messenger } from '../../examples/walk/exchange.ts';
import { dpopProof, postWithDpop, redeemCode, requestCredential } from '../../examples/walk/holder.ts';
import { signIn } from '../../examples/walk/person.ts';
import { freePorts, type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { obtainToken, openSession, prepareRequest, type Session, signInFor } from '../support/wallet-client.ts';

const rounds = 20;
const racers = process.env.CHANCERY_LONG ? 1000 : 100;

let folder: string;
let nodes: readonly Instance[];

// Two nodes of one deployment: one data folder with its database and keys, one public address.
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-race-'));
  const [port = 0, other = 0] = await freePorts(2);
  const environment = { ...withoutWallet, CHANCERY_PUBLIC_URL: `http://localhost:${port}`, CHANCERY_LOG_LEVEL: 'error' };
  nodes = [
    await startInstance({ port, dataFolder: folder, environment }),
    await startInstance({ port: other, dataFolder: folder, environment }),
  ];
});
after(async () => {
  // The first node owns the database: it goes last.
  for (const node of [...(nodes ?? [])].reverse()) await node.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A racer whose requests reach the n-th node: both answer for the one public URL. */
function racer(index: number): Messenger {
  const node = nodes[index % nodes.length];
  return new Messenger(undefined, (url) => new URL(url.pathname + url.search, node?.url));
}

async function open(): Promise<{ session: Session; person: Awaited<ReturnType<typeof personOf>> }> {
  const base = nodes[0]?.url as URL;
  return {
    session: await openSession(`${base.origin}/issuers/civil-registry`, 'national_identity'),
    person: await personOf('ordinary', 'knowledge', base),
  };
}

const tally = (statuses: readonly number[]) => ({
  winners: statuses.filter((status) => status === 200).length,
  faults: statuses.filter((status) => status >= 500).length,
});

test(`features A11, quality R10: ${racers} racers on two nodes redeem one code, ${rounds} rounds, one winner each`, {
  timeout: 1_800_000,
}, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { session, person } = await open();
    const code = await signInFor(session, person);
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => redeemCode(racer(index), session.request, code)));
    const { winners, faults } = tally(answers.map(({ status }) => status));
    assert.deepEqual({ winners, faults }, { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseBody } of answers)
      if (status !== 200) assert.equal((JSON.parse(responseBody) as { error: string }).error, 'invalid_grant');
  }
});

test(`quality R24, R25, T2: ${racers} racers on two nodes spend one nonce, ${rounds} rounds, one credential each`, {
  timeout: 1_800_000,
}, async () => {
  const { session, person } = await open();
  for (let round = 0; round < rounds; round += 1) {
    const accessToken = await obtainToken(session, person);
    const shared = await prepareRequest(session, 'NationalIdentity');
    const nonce = (JSON.parse(Buffer.from(shared.body.proofs.jwt[0]?.split('.')[1] ?? '', 'base64url').toString()) as { nonce: string })
      .nonce;
    const prepared = await Promise.all(Array.from({ length: racers }, () => prepareRequest(session, 'NationalIdentity', nonce)));
    const attempt = ({ body }: (typeof prepared)[number], index: number) =>
      requestCredential(racer(index), session.issuer, { dpopKey: session.client.dpopKey, accessToken: accessToken }, body);
    const answers = await Promise.all(prepared.map(attempt));
    const { winners, faults } = tally(answers.map(({ status }) => status));
    assert.deepEqual({ winners, faults }, { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseBody } of answers)
      if (status !== 200) assert.equal((JSON.parse(responseBody) as { error: string }).error, 'invalid_nonce');
  }
});

test(`quality T2 (SU5): ${racers} racers on two nodes replay one DPoP proof, ${rounds} rounds, one is heard`, {
  timeout: 1_800_000,
}, async () => {
  const { session, person } = await open();
  for (let round = 0; round < rounds; round += 1) {
    const accessToken = await obtainToken(session, person);
    const { body } = await prepareRequest(session, 'NationalIdentity');
    const url = session.issuer.credentialEndpoint;
    const nonceAnswer = await session.messenger.send('nonce', session.issuer.nonceEndpoint, { method: 'POST' });
    const nonce = nonceAnswer.responseHeaders.get('dpop-nonce');
    const proof = await dpopProof(session.client.dpopKey, 'POST', url, { accessToken, ...(nonce ? { nonce } : {}) });
    const headers = { authorization: `DPoP ${accessToken}`, dpop: proof };
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, index) => racer(index).send('credential', url, { json: body, headers })),
    );
    const { winners, faults } = tally(answers.map(({ status }) => status));
    assert.deepEqual({ winners, faults }, { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseHeaders } of answers)
      if (status !== 200) assert.match(responseHeaders.get('www-authenticate') ?? '', /invalid_dpop_proof/);
  }
});

test(`quality T2, R10 (trap G2): ${racers} racers on two nodes replay one DPoP proof at the pushed authorization endpoint, ${rounds} rounds, one is heard`, {
  timeout: 1_800_000,
}, async () => {
  const { session } = await open();
  const { server, client } = session.request;
  const url = server.pushedAuthorizationRequestEndpoint;
  const form = {
    response_type: 'code',
    client_id: client.clientId,
    redirect_uri: client.redirectUri,
    scope: 'openid',
    state: 's',
    code_challenge: 'A'.repeat(43),
    code_challenge_method: 'S256',
  };
  const first = await session.messenger.send('par', url, { form, headers: { dpop: await dpopProof(client.dpopKey, 'POST', url) } });
  const nonce = first.responseHeaders.get('dpop-nonce') ?? '';
  assert.notEqual(nonce, '');
  for (let round = 0; round < rounds; round += 1) {
    const headers = { dpop: await dpopProof(client.dpopKey, 'POST', url, { nonce }) };
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => racer(index).send('par', url, { form, headers })));
    const winners = answers.filter(({ status }) => status === 201).length;
    const faults = answers.filter(({ status }) => status >= 500).length;
    assert.deepEqual({ winners, faults }, { winners: 1, faults: 0 }, `round ${round}`);
  }
});

test('quality T2 (SU8): one pushed request is completed in five browsers at once, one code comes out', { timeout: 600_000 }, async () => {
  for (let round = 0; round < rounds / 2; round += 1) {
    const { session, person } = await open();
    const { server, client, scope = '' } = session.request;
    const url = server.pushedAuthorizationRequestEndpoint;
    const form = {
      response_type: 'code',
      client_id: client.clientId,
      redirect_uri: client.redirectUri,
      scope,
      state: 's',
      code_challenge: 'A'.repeat(43),
      code_challenge_method: 'S256',
    };
    const pushed = JSON.parse((await postWithDpop(session.messenger, { step: 'par', url, key: client.dpopKey, form })).responseBody) as {
      request_uri: string;
    };
    const address = new URL(server.authorizationEndpoint);
    address.search = new URLSearchParams({ client_id: client.clientId, request_uri: pushed.request_uri }).toString();
    const browse = (index: number) =>
      signIn(racer(index), address, client.redirectUri, person).then(
        (answer) => answer.searchParams.has('code'),
        () => false,
      );
    const codes = (await Promise.all(Array.from({ length: 5 }, (_, index) => browse(index)))).filter(Boolean);
    assert.equal(codes.length, 1, `round ${round}: ${codes.length} codes`);
  }
});
