import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { compact, tokenMutants } from '../../test/hostile/token-mutants.ts';
import { movableClock, numericDate } from '../lib/clock.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { RemoteKeys } from '../oauth/remote-keys.ts';
import { verifyIdToken } from './id-token.ts';
import type { AuthorizationServer } from './issuer-directory.ts';

const { privateKey: key } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const clock = movableClock(new Date());
const issuer = 'https://as.example/authorization';
const server = { issuer, jwksUri: new URL('https://as.example/jwks') } as AuthorizationServer;
/** A server that publishes one key and tells nobody its id: what a token says about keys must not matter. */
const keys: RemoteKeys = { find: async () => createPublicKey(key) };
const header = { alg: 'ES256', typ: 'JWT', kid: 'one' };
const claims = (more: object = {}) => {
  const now = numericDate(clock.now());
  return { iss: issuer, aud: 'wallet', sub: 'pairwise', nonce: 'nonce', iat: now, exp: now + 300, ...more };
};

async function errorOf(token: string): Promise<string> {
  try {
    await verifyIdToken(token, { server, clientId: 'wallet', nonce: 'nonce', keys, clock });
    return 'accepted';
  } catch (fault) {
    assert.ok(fault instanceof Refusal, String(fault));
    return fault.error;
  }
}

test('quality T5: a hundred hostile ID tokens, none accepted', async () => {
  assert.equal(await errorOf(compact(header, claims(), key)), 'accepted', 'the good one');
  // OpenID Connect Core §2 asks for no type: what another server leaves out or writes small is no fault.
  const mutants = tokenMutants({ header, payload: claims(), key }).filter(
    ({ name }) => !['typ "JWT"', 'header without typ'].includes(name),
  );
  assert.ok(mutants.length >= 95, `${mutants.length}`);
  for (const { name, token } of mutants) assert.equal(await errorOf(token), 'untrusted_answer', name);
});

test('quality T5: an ID token without its times, or for a client beside others, is not taken', async () => {
  for (const change of [
    { exp: undefined },
    { iat: undefined },
    { aud: ['wallet', 'another'] },
    { aud: ['wallet', 'another'], azp: 'another' },
  ])
    assert.equal(await errorOf(compact(header, claims(change), key)), 'untrusted_answer', JSON.stringify(change));
  assert.equal(await errorOf(compact(header, claims({ aud: ['wallet', 'another'], azp: 'wallet' }), key)), 'accepted');
});
