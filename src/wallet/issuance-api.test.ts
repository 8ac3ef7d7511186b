import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startWalletWorld, Visitor } from '../../test/support/wallet-world.ts';
import { readBase64url } from '../formats/browser/bytes.ts';
import { findReader } from '../formats/browser/readers.ts';
import { makeHolderKey, makeProof, publicJwk } from './browser/held-keys.ts';
import type { IssuanceDetails } from './browser/wallet-api.ts';

const payloadOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

async function proofFor(details: IssuanceDetails, nonce: string, now: Date): Promise<{ pair: CryptoKeyPair; proof: string }> {
  const pair = await makeHolderKey();
  const proof = await makeProof(pair, { audience: details.issuer.identifier, clientId: details.clientId, nonce, now });
  return { pair, proof };
}

test('features A17, A18, A24: the browser proves its key over a fresh nonce and verifies what comes, and the server keeps none of it', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const details = (await visitor.get(`/wallet/api/issuances/${id}`)).json<IssuanceDetails>();
  const { nonce } = (await visitor.api(`${id}/nonce`, {})).json<{ nonce: string }>();
  const { pair, proof } = await proofFor(details, nonce, world.clock.now());
  const answer = await visitor.api(`${id}/credential`, { proof });
  assert.equal(answer.statusCode, 200);
  const { credential } = answer.json<{ credential: string }>();
  const request = world.office.seen.findLast(({ path }) => path === '/office/credential');
  assert.equal(request?.headers.authorization, 'DPoP access-token-canary');
  assert.doesNotMatch(String(request?.body), /access-token-canary/);
  const read = await findReader(details.configuration)?.read(credential, {
    issuer: details.issuer.identifier,
    configuration: details.configuration,
    holderKey: await publicJwk(pair),
    trustAnchor: readBase64url(details.issuer.trustAnchor) ?? new Uint8Array(),
    now: world.clock.now(),
  });
  assert.equal(read?.claims.full_name, 'Amina Kareem');
  const kept = JSON.stringify([...world.store.rows.values()]) + world.logLines.join('\n');
  assert.ok(!kept.includes(credential.slice(0, 40)) && !kept.includes('Amina'));
});

test('quality R78: proofs live five minutes at most and each carries its own nonce', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const details = (await visitor.get(`/wallet/api/issuances/${id}`)).json<IssuanceDetails>();
  const proofs = await Promise.all(
    [1, 2].map(async () => {
      const { nonce } = (await visitor.api(`${id}/nonce`, {})).json<{ nonce: string }>();
      return payloadOf((await proofFor(details, nonce, world.clock.now())).proof);
    }),
  );
  const [first, second] = proofs;
  assert.notEqual(first?.nonce, second?.nonce);
  for (const proof of proofs) assert.ok(Number(proof.exp) - Number(proof.iat) <= 300);
  assert.deepEqual([first?.aud, first?.iss], [details.issuer.identifier, 'wallet']);
});

test('quality R73: the private key of a document cannot leave the browser and can sign later', async () => {
  const pair = await makeHolderKey();
  await assert.rejects(crypto.subtle.exportKey('jwk', pair.privateKey));
  await assert.rejects(crypto.subtle.exportKey('pkcs8', pair.privateKey));
  const signature = await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new Uint8Array(4));
  assert.equal(await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, pair.publicKey, signature, new Uint8Array(4)), true);
});

test('standards WL-5: the issuer that wants a fresh nonce is told from the one that denies', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const details = (await visitor.get(`/wallet/api/issuances/${id}`)).json<IssuanceDetails>();
  const { proof } = await proofFor(details, 'old', world.clock.now());
  world.office.wrong.nonceErrors = 1;
  const again = await visitor.api(`${id}/credential`, { proof });
  assert.deepEqual([again.statusCode, again.json<{ error: string }>().error], [409, 'invalid_nonce']);
  assert.equal((await visitor.api(`${id}/credential`, { proof })).statusCode, 200, 'the same issuance goes on');
  for (const [error, told] of [
    ['credential_request_denied', 'no_record'],
    ['invalid_proof', 'refused'],
  ]) {
    world.office.wrong.credentialError = String(error);
    const refused = (await visitor.api(`${id}/credential`, { proof })).json<{ error: string; reference: string }>();
    assert.equal(refused.error, told);
    assert.match(refused.reference, /^[2-9A-Y]{4}-[2-9A-Y]{4}$/);
  }
});

test('standards V-38: an office that is not ready yet is told from one that refuses, and the same issuance can be tried again', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const details = (await visitor.get(`/wallet/api/issuances/${id}`)).json<IssuanceDetails>();
  const { proof } = await proofFor(details, 'any', world.clock.now());
  world.office.wrong.deferred = true;
  const later = await visitor.api(`${id}/credential`, { proof });
  assert.deepEqual([later.statusCode, later.json<{ error: string }>().error], [409, 'not_ready']);
  world.office.wrong.deferred = false;
  assert.equal((await visitor.api(`${id}/credential`, { proof })).statusCode, 200);
});

test('design D12: an issuance is there for its own browser alone, while its permission lasts and until it is ended', async (t) => {
  const world = await startWalletWorld(t);
  const [owner, other] = [new Visitor(world), new Visitor(world)];
  const id = await owner.allow(world.office);
  await other.get('/');
  assert.equal((await other.get(`/wallet/api/issuances/${id}`)).statusCode, 410);
  assert.equal((await other.api(`${id}/nonce`, {})).statusCode, 410);
  assert.equal((await other.api(`${id}/end`, {})).statusCode, 200, 'ends nothing of anybody else');
  assert.equal((await owner.get(`/wallet/api/issuances/${id}`)).statusCode, 200);
  world.clock.advance(301);
  assert.equal((await owner.api(`${id}/nonce`, {})).statusCode, 410, 'the token has ended');
  const second = await owner.allow(world.office);
  await owner.api(`${second}/end`, {});
  assert.equal((await owner.get(`/wallet/api/issuances/${second}`)).statusCode, 410);
});

test('quality T1: anything but a proof is refused before the office is asked', async (t) => {
  const world = await startWalletWorld(t);
  const visitor = new Visitor(world);
  const id = await visitor.allow(world.office);
  const jwt = `${Buffer.from('{"alg":"ES256","typ":"JWT"}').toString('base64url')}.e30.AAAA`;
  for (const body of [{}, [], 'x', { proof: 1 }, { proof: '' }, { proof: 'a.b.c' }, { proof: jwt }, { proof: 'a'.repeat(9000) }])
    assert.equal((await visitor.api(`${id}/credential`, body)).statusCode, 400, JSON.stringify(body).slice(0, 60));
  assert.ok(!world.office.seen.some(({ path }) => path === '/office/credential'));
});
