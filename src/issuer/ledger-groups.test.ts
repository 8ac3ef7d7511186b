import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KeyStore } from '../keys/keys.ts';
import { sha256 } from '../lib/bytes.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';
import type { Grant } from './access-token.ts';
import { subjectHash, walletHash, walletKeyOf } from './ledger-groups.ts';

const jwk = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y' } as const;
const grant = (boundThumbprint: string | undefined) => ({ boundThumbprint }) as Grant;
const keys = (secret: string) => ({ secret: async () => sha256(secret) }) as unknown as KeyStore;

test('quality R81: a wallet is known by the key its token is bound to, else by the key of the copy', () => {
  const holder = { jwk, did: 'did:jwk:x' };
  assert.equal(walletKeyOf(grant('bound'), holder), 'bound');
  assert.equal(walletKeyOf(grant('bound'), undefined), 'bound');
  assert.equal(walletKeyOf(grant(undefined), holder), jwkThumbprint(jwk));
  assert.equal(walletKeyOf(grant(undefined), undefined), undefined);
});

test('quality Q21: hashes of groups need the key, and no wallet is anybody’s subject', async () => {
  const hex = async (hash: Promise<Uint8Array>) => Buffer.from(await hash).toString('hex');
  const one = keys('one');
  const hashes = await Promise.all([
    hex(walletHash(one, 'a')),
    hex(walletHash(one, 'b')),
    hex(walletHash(keys('two'), 'a')),
    hex(subjectHash(one, { registry: 'wallet', id: 'a' })),
    hex(subjectHash(one, { registry: 'wallet","key', id: 'a' })),
  ]);
  assert.equal(new Set(hashes).size, hashes.length);
  assert.equal(await hex(walletHash(one, 'a')), hashes[0]);
});
