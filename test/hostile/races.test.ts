import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { dpopProof, redeemCode, requestCredential } from '../../examples/walk/holder.ts';
import { withoutWallet } from '../support/instance.ts';
import { personOf } from '../support/people.ts';
import { answerForm, authorizationAddress, locationOf, reachConsent } from '../support/sign-in-pages.ts';
import { racers, rounds, startTwoNodes, type TwoNodes, tally } from '../support/two-nodes.ts';
import { obtainToken, openSession, prepareRequest, type Session, signInFor } from '../support/wallet-client.ts';

let nodes: TwoNodes;
before(async () => {
  nodes = await startTwoNodes(withoutWallet);
});
after(() => nodes?.stop());

async function open(): Promise<{ session: Session; person: Awaited<ReturnType<typeof personOf>> }> {
  return {
    session: await openSession(`${nodes.base.origin}/issuers/civil-registry`, 'national_identity'),
    person: await personOf('ordinary', 'knowledge', nodes.base),
  };
}

const errorOf = (body: string) => (JSON.parse(body) as { error: string }).error;
/** Features A11 asks more rounds of the code than of other handles. */
const codeRounds = process.env.CHANCERY_LONG ? 200 : rounds;

test(`features A11, A28, quality R10, T2 (SU1): ${racers} racers on two nodes redeem one code, ${codeRounds} rounds, one winner each`, {
  timeout: 7_200_000,
}, async () => {
  for (let round = 0; round < codeRounds; round += 1) {
    const { session, person } = await open();
    const code = await signInFor(session, person);
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => redeemCode(nodes.racer(index), session.request, code)));
    assert.deepEqual(tally(answers.map(({ status }) => status)), { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseBody } of answers) if (status !== 200) assert.equal(errorOf(responseBody), 'invalid_grant');
  }
});

test(`quality R24, R25, T2 (SU4): ${racers} racers on two nodes spend one nonce, ${rounds} rounds, one credential each`, {
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
      requestCredential(nodes.racer(index), session.issuer, { dpopKey: session.client.dpopKey, accessToken: accessToken }, body);
    const answers = await Promise.all(prepared.map(attempt));
    assert.deepEqual(tally(answers.map(({ status }) => status)), { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseBody } of answers) if (status !== 200) assert.equal(errorOf(responseBody), 'invalid_nonce');
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
      Array.from({ length: racers }, (_, index) => nodes.racer(index).send('credential', url, { json: body, headers })),
    );
    assert.deepEqual(tally(answers.map(({ status }) => status)), { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseHeaders } of answers)
      if (status !== 200) assert.match(responseHeaders.get('www-authenticate') ?? '', /invalid_dpop_proof/);
  }
});

test(`quality T2 (SU5), R10 (trap G2): ${racers} racers on two nodes replay one DPoP proof at the pushed authorization endpoint, ${rounds} rounds, one is heard`, {
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
    const answers = await Promise.all(Array.from({ length: racers }, (_, index) => nodes.racer(index).send('par', url, { form, headers })));
    const statuses = answers.map(({ status }) => status);
    assert.deepEqual(tally(statuses, 201), { winners: 1, faults: 0 }, `round ${round}`);
    for (const { status, responseBody } of answers)
      if (status !== 201) assert.deepEqual([status, errorOf(responseBody)], [400, 'invalid_dpop_proof']);
  }
});

test(`quality T2 (SU8): one pushed request is completed in five browsers, ${racers} times at once, ${rounds} rounds, one code comes out`, {
  timeout: 1_800_000,
}, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const { session, person } = await open();
    const address = await authorizationAddress(session.messenger, session.request);
    // All five have opened it before anybody is done: only its completion spends a request.
    const browsers = await Promise.all(
      Array.from({ length: 5 }, async () => {
        const messenger = nodes.browser();
        const consent = await reachConsent(messenger, address, person);
        return { messenger, resume: locationOf(await answerForm(messenger, consent, { action: 'allow' })) };
      }),
    );
    const answers = await Promise.all(
      Array.from({ length: racers }, (_, index) => {
        const { messenger, resume } = browsers[index % browsers.length] as (typeof browsers)[number];
        return messenger.send('resume', resume);
      }),
    );
    assert.equal(tally(answers.map(({ status }) => status)).faults, 0, `round ${round}`);
    const codes = answers.filter(({ responseHeaders }) => /[?&]code=/.test(responseHeaders.get('location') ?? ''));
    assert.equal(codes.length, 1, `round ${round}: ${codes.length} codes`);
    // Whoever comes too late learns that the request is spent, or that this sign-in has ended.
    const late = answers.filter((answer) => !codes.includes(answer));
    assert.ok(late.every(({ status, responseHeaders }) => status === 400 || /[?&]error=/.test(responseHeaders.get('location') ?? '')));
  }
});
