import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { promisify } from 'node:util';
import { createFileKeyStore, demoKeyEncryptionKey } from '../../src/keys/file/file-key-store.ts';
import { randomBytes } from '../../src/lib/bytes.ts';
import { movableClock } from '../../src/lib/clock.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { keysContract } from './keys.contract.ts';

const issuers = {
  registry: { commonName: 'Registry', organisation: 'Registry', country: 'XO', identifier: 'https://issuer.example/issuers/registry' },
};
const run = promisify(execFile);
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

test('processes that start and rotate on one empty folder at once agree on every key and lose none', async () => {
  const source = new URL('../../src/keys/file/file-key-store.ts', import.meta.url).href;
  const program = `
    const { createFileKeyStore, demoKeyEncryptionKey } = await import(${JSON.stringify(source)});
    const folder = process.argv[1];
    const keyEncryptionKey = await demoKeyEncryptionKey(folder);
    const store = await createFileKeyStore({ folder: folder + '/keys', keyEncryptionKey, clock: { now: () => new Date() }, issuers: ${JSON.stringify(issuers)} });
    const { keyId } = await store.signer('access-token');
    await store.rotate('id-token');
    await store.rotate('credential:registry');
    const secret = Buffer.from(await store.secret('cookie')).toString('hex');
    const anchor = Buffer.from(await store.trustAnchor('registry')).toString('hex');
    console.log(JSON.stringify([Buffer.from(keyEncryptionKey).toString('hex'), keyId, (await store.signer('credential:registry')).keyId, secret, anchor]));
  `;
  const processes = 4;
  for (let round = 0; round < 3; round += 1) {
    const path = await folder();
    const answers = await Promise.all(
      Array.from({ length: processes }, () => run(process.execPath, ['--input-type=module', '-e', program, path])),
    );
    assert.equal(new Set(answers.map(({ stdout }) => stdout)).size, 1, answers.map(({ stdout }) => stdout).join(''));
    const keyEncryptionKey = await demoKeyEncryptionKey(path);
    const store = await createFileKeyStore({ folder: join(path, 'keys'), keyEncryptionKey, clock: movableClock(new Date()), issuers });
    assert.equal((await store.published('credential:registry')).length, 1 + processes, 'each rotation made a key');
    const names = await readdir(join(path, 'keys'));
    assert.ok(!names.some((name) => name.startsWith('.')), 'no draft is left');
    assert.equal(names.filter((name) => name.startsWith('credential')).length, 1, 'no older generation is left');
  }
});

test('a key file in the place of another, altered, or cut short does not open', async () => {
  const path = await folder();
  const options = { folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()), issuers };
  const store = await createFileKeyStore(options);
  await store.signer('access-token');
  await store.signer('id-token');
  const file = join(path, 'access-token.sealed');
  const good = await readFile(file);
  const refused = async () => assert.rejects((await createFileKeyStore(options)).signer('access-token'), StartFault);
  await copyFile(join(path, 'id-token.sealed'), file);
  await refused();
  for (const bad of [Buffer.alloc(0), good.subarray(0, 20), good.subarray(0, -1), Buffer.concat([good, Buffer.from([0])])]) {
    await writeFile(file, bad);
    await refused();
  }
  const twisted = Buffer.from(good);
  twisted[40] = (twisted[40] ?? 0) ^ 1;
  await writeFile(file, twisted);
  await refused();
  await writeFile(file, good);
  await (await createFileKeyStore(options)).signer('access-token');
});

test('an old key file in the place of a newer one does not open', async () => {
  const path = await folder();
  const options = { folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()), issuers };
  const store = await createFileKeyStore(options);
  await store.signer('access-token');
  const old = await readFile(join(path, 'access-token.sealed'));
  await store.rotate('access-token');
  const [newer] = (await readdir(path)).filter((name) => name.startsWith('access-token'));
  await writeFile(join(path, newer ?? ''), old);
  await assert.rejects((await createFileKeyStore(options)).signer('access-token'), StartFault);
});

test('a purpose that would leave the folder, and an issuer that is none, are refused', async () => {
  const path = await folder();
  const store = await createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()), issuers });
  for (const name of ['../elsewhere', 'a/b', 'A', '', 'constructor.', 'x~1'])
    await assert.rejects(store.signer(`credential:${name}`), name);
  for (const name of ['constructor', '__proto__', 'nobody']) await assert.rejects(store.trustAnchor(name), name);
  assert.ok((await readdir(path)).every((name) => /^[a-z.-]+\.sealed$/.test(name)));
});

test('standards MD-9: an issuer that moved to another address keeps its key and root, and its certificate names the new one', async () => {
  const path = await folder();
  const options = { folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()) };
  const before = await createFileKeyStore({ ...options, issuers });
  const moved = { registry: { ...issuers.registry, identifier: 'https://new.example/issuers/registry' } };
  const after = await createFileKeyStore({ ...options, issuers: moved });
  assert.deepEqual(await after.trustAnchor('registry'), await before.trustAnchor('registry'));
  const root = new X509Certificate(Buffer.from(await after.trustAnchor('registry')));
  for (const algorithm of ['ES256', 'EdDSA'] as const) {
    const old = await before.signer('credential:registry', algorithm);
    const fresh = await after.signer('credential:registry', algorithm);
    assert.equal(fresh.keyId, old.keyId);
    const certificate = new X509Certificate(Buffer.from(fresh.certificates[0] ?? []));
    assert.equal(certificate.subjectAltName, 'URI:https://new.example/issuers/registry');
    assert.ok(certificate.verify(root.publicKey));
  }
});

test('standards MD-9: a document signer is replaced before it ends, also in a store that runs all the time', async () => {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const store = await createFileKeyStore({ folder: await folder(), keyEncryptionKey: randomBytes(32), clock, issuers });
  const first = await store.signer('credential:registry');
  for (let month = 0; month < 40; month += 1) {
    clock.advance(30 * 86_400);
    for (const algorithm of ['ES256', 'EdDSA'] as const) {
      const { certificates } = await store.signer('credential:registry', algorithm);
      const { validFrom, validTo } = new X509Certificate(Buffer.from(certificates[0] ?? []));
      assert.ok(new Date(validFrom) <= clock.now() && clock.now() < new Date(validTo), `${algorithm} in month ${month}`);
    }
  }
  const published = await store.published('credential:registry');
  assert.ok(published.length >= 3 && published.some(({ kid }) => kid === first.keyId), 'credentials outlive the key that signed them');
});

test('standards MD-9: a store asleep past the end of its signer wakes with one that is valid at once', async () => {
  const clock = movableClock(new Date('2026-11-24T12:00:00Z'));
  const store = await createFileKeyStore({ folder: await folder(), keyEncryptionKey: randomBytes(32), clock, issuers });
  await store.signer('credential:registry');
  clock.advance(500 * 86_400);
  const { certificates } = await store.signer('credential:registry');
  assert.ok(new Date(new X509Certificate(Buffer.from(certificates[0] ?? [])).validTo) > clock.now());
});

test('standards MD-9: OpenSSL takes the chain and the revocation list, and reads the profile in them', async (t) => {
  const missing = await run('openssl', ['version']).then(
    () => false,
    () => true,
  );
  if (missing) return t.skip('no openssl on this machine');
  const path = await folder();
  const store = await createFileKeyStore({ folder: path, keyEncryptionKey: randomBytes(32), clock: movableClock(new Date()), issuers });
  const pem = (kind: string, der: Uint8Array) =>
    `-----BEGIN ${kind}-----\n${Buffer.from(der)
      .toString('base64')
      .replace(/(.{64})/g, '$1\n')}\n-----END ${kind}-----\n`;
  const [root, leaf, list] = ['root.pem', 'leaf.pem', 'list.pem'].map((name) => join(path, name)) as [string, string, string];
  await writeFile(root, pem('CERTIFICATE', await store.trustAnchor('registry')));
  await writeFile(leaf, pem('CERTIFICATE', (await store.signer('credential:registry')).certificates[0] ?? new Uint8Array()));
  await writeFile(list, pem('X509 CRL', await store.revocationList('registry')));
  const verified = await run('openssl', ['verify', '-x509_strict', '-crl_check', '-CRLfile', list, '-CAfile', root, leaf]);
  assert.match(verified.stdout, /leaf\.pem: OK/);
  const { stdout: signer } = await run('openssl', ['x509', '-in', leaf, '-noout', '-text']);
  for (const part of [
    /1\.0\.18013\.5\.1\.2/,
    /Digital Signature\n/,
    /Subject Key Identifier/,
    /Authority Key Identifier/,
    /URI:.*root\.crl/,
    /Issuer Alternative Name:\s+URI:https/,
  ])
    assert.match(signer, part);
  const { stdout: authority } = await run('openssl', ['x509', '-in', root, '-noout', '-text']);
  for (const part of [/CA:TRUE, pathlen:0/, /Certificate Sign, CRL Sign\n/, /Subject Key Identifier/, /Issuer Alternative Name/])
    assert.match(authority, part);
  const { stdout: revocations } = await run('openssl', ['crl', '-in', list, '-noout', '-text']);
  for (const part of [/CRL Number:\s+\d/, /Authority Key Identifier/, /No Revoked Certificates/]) assert.match(revocations, part);
});
