import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import pg from 'pg';
import { Messenger } from '../../examples/walk/exchange.ts';
import { type Instance, startInstance } from '../support/instance.ts';
import { personOf, readPersonas } from '../support/people.ts';
import { credentialOf, obtainToken, openSession, prepareRequest, sendRequest, signInFor } from '../support/wallet-client.ts';

let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: { CHANCERY_LOG_LEVEL: 'debug' } });
});
after(() => instance?.stop());

/** Every row of every table of ours, as text. */
async function dump(): Promise<string> {
  const folder = join(instance.dataFolder, 'postgres');
  const client = new pg.Client({ host: folder, user: 'app', database: 'postgres' });
  await client.connect();
  try {
    const tables = await client.query<{ name: string }>(
      "select quote_ident(table_schema) || '.' || quote_ident(table_name) as name from information_schema.tables where table_schema like 'chancery%' and table_type = 'BASE TABLE'",
    );
    assert.ok(tables.rows.length >= 6, `${tables.rows.length} tables`);
    const rows: string[] = [];
    for (const { name } of tables.rows) {
      const { rows: found } = await client.query<{ row: string }>(`select row_to_json(t)::text as row from ${name} t`);
      rows.push(...found.map(({ row }) => `${name} ${row}`));
    }
    return rows.join('\n');
  } finally {
    await client.end();
  }
}

test('quality T12, Q21, Q2: after sign-ins by every factor and an issuance, no personal value and no handle stands in a table or a log in clear', {
  timeout: 60_000,
}, async () => {
  const session = await openSession(`${instance.url.origin}/issuers/civil-registry`, 'national_identity');
  const persona = (await readPersonas()).find(({ id }) => id === 'ordinary');
  const handles: string[] = [];
  for (const factor of ['otp', 'password', 'knowledge'] as const)
    handles.push((await signInFor(session, await personOf('ordinary', factor, instance.url))).code);
  const accessToken = await obtainToken(session, await personOf('ordinary', 'otp', instance.url));
  const { body } = await prepareRequest(session, 'NationalIdentity');
  const credential = credentialOf(await sendRequest(session, accessToken, body));
  // A sign-in left in the middle keeps what was typed, too.
  const half = await openSession(session.issuer.identifier, 'national_identity');
  await signInFor(half, { ...(await personOf('ordinary', 'knowledge', instance.url)), name: 'Nobody At All' }).catch(() => undefined);
  const proof = body.proofs.jwt[0] ?? '';
  const nonce = (JSON.parse(Buffer.from(proof.split('.')[1] ?? '', 'base64url').toString()) as { nonce: string }).nonce;
  const personal = [
    persona?.individualId,
    persona?.name,
    persona?.birthdate,
    persona?.password,
    'a.kareem@mail.example',
    'Nobody At All',
  ] as string[];
  const secrets = [...handles, accessToken, nonce, proof, credential.slice(0, 200), credential.split('~')[1] ?? ''];
  const [tables, log] = [await dump(), instance.output()];
  assert.ok(tables.length > 1000);
  for (const canary of [...personal, ...secrets]) {
    // Columns of bytes are shown as hexadecimal.
    for (const spelling of [canary, Buffer.from(canary).toString('hex')])
      assert.ok(canary.length > 3 && !tables.includes(spelling), `in a table: ${canary.slice(0, 40)}`);
    assert.ok(!log.includes(canary), `in the log: ${canary.slice(0, 40)}`);
  }
});

test('quality R28, Q16: nothing of the operators is open, and their listener shows no secret', async () => {
  for (const path of ['/health', '/statistics']) {
    assert.equal((await fetch(new URL(path, instance.operators))).status, 401, path);
    assert.equal((await fetch(new URL(path, instance.operators), { headers: { authorization: 'Bearer wrong' } })).status, 401, path);
    assert.equal((await new Messenger().send('public', new URL(path, instance.url))).status === 200, false, path);
  }
  assert.equal((await fetch(new URL('/keys/rotate', instance.operators), { method: 'POST' })).status, 401);
});
