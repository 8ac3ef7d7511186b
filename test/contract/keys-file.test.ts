import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { createFileKeyStore, demoKeyEncryptionKey } from '../../src/keys/file/file-key-store.ts';
import { randomBytes } from '../../src/lib/bytes.ts';
import { movableClock } from '../../src/lib/clock.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { keysContract } from './keys.contract.ts';

const issuers = {
  registry: { commonName: 'Registry', organisation: 'Registry', country: 'XO', identifier: 'https://issuer.example/issuers/registry' },
};
const folders: string[] = [];
after(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), 'chancery-keys-'));
  folders.push(made);
  return made;
}

keysContract('file key store', async () => {
  const options = {
    folder: await folder(),
    keyEncryptionKey: randomBytes(32),
    clock: movableClock(new Date('2026-11-24T12:00:00Z')),
    issuers,
  };
  return { store: await createFileKeyStore(options), clock: options.clock, again: () => createFileKeyStore(options) };
});

test('features B67: key files are for their owner alone, and nothing in them is in clear', async () => {
  const path = await folder();
  const store = await createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()), issuers });
  const { publicJwk } = await store.signer('credential:registry');
  await store.decrypters('registry-reference:registry');
  assert.equal((await stat(path)).mode & 0o777, 0o700);
  const names = await readdir(path);
  assert.ok(names.length >= 4 && names.every((name) => name.endsWith('.sealed')), names.join());
  for (const name of names) {
    assert.equal((await stat(join(path, name))).mode & 0o777, 0o600, name);
    const text = await readFile(join(path, name), 'latin1');
    for (const word of ['privateKey', 'ES256', publicJwk.x]) assert.ok(!text.includes(word), `${word} in ${name}`);
  }
});

test('design D20: under another key-encryption key nothing opens, and one sentence says so', async () => {
  const path = await folder();
  const clock = movableClock(new Date());
  await createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(32), clock, issuers });
  await assert.rejects(
    createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(32), clock, issuers }),
    (fault: Error) => fault instanceof StartFault && /CHANCERY_KEY_ENCRYPTION_KEY/.test(fault.message),
  );
  await assert.rejects(createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(16), clock, issuers }), StartFault);
});

test('twenty nodes that start on one empty folder agree on every key', async () => {
  const path = await folder();
  const clock = movableClock(new Date());
  const kek = await Promise.all(Array.from({ length: 20 }, () => demoKeyEncryptionKey(path)));
  assert.equal(new Set(kek.map((key) => Buffer.from(key).toString('hex'))).size, 1);
  const keyEncryptionKey = kek[0] as Uint8Array;
  const stores = await Promise.all(
    Array.from({ length: 20 }, () => createFileKeyStore({ folder: join(path, 'keys'), keyEncryptionKey, clock, issuers })),
  );
  const ids = await Promise.all(
    stores.map(
      async (store) =>
        `${(await store.signer('access-token')).keyId} ${(await store.signer('credential:registry')).keyId} ${Buffer.from(await store.secret('cookie')).toString('hex')} ${Buffer.from(await store.trustAnchor('registry')).toString('hex')}`,
    ),
  );
  assert.equal(new Set(ids).size, 1);
});
