import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { type Row, readRows } from '../support/people.ts';
import { credentialOf, obtainToken, openSession, prepareRequest, sendRequest } from '../support/wallet-client.ts';

const people = 200;
const issuances = process.env.CHANCERY_LONG ? 10_000 : 1000;
const parallel = 24;

let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_LOG_LEVEL: 'debug' } });
});
after(() => instance?.stop());

test(`features A30: ${issuances} mixed parallel issuances of ${people} people, each credential holds only its own person's data`, {
  timeout: 3_600_000,
}, async () => {
  const rows = (await readRows()).slice(100, 100 + people);
  assert.equal(rows.length, people);
  const issuer = `${instance.url.origin}/issuers/civil-registry`;
  const queue = Array.from({ length: issuances }, (_, index) => rows[index % people] as Row);
  const sessions = new Map<Row, Promise<{ session: Awaited<ReturnType<typeof openSession>>; accessToken: string }>>();
  const signedIn = (row: Row) => {
    const known = sessions.get(row);
    if (known) return known;
    const opened = (async () => {
      const session = await openSession(issuer, 'national_identity');
      const accessToken = await obtainToken(session, {
        individualId: row.individual_id,
        factor: 'knowledge',
        name: row.full_name,
        birthdate: row.birthdate,
      });
      return { session, accessToken };
    })();
    sessions.set(row, opened);
    return opened;
  };
  const failures: string[] = [];
  const drain = async () => {
    for (let row = queue.pop(); row; row = queue.pop()) {
      const { session, accessToken } = await signedIn(row);
      const { body, holderKey } = await prepareRequest(session, 'NationalIdentity');
      const credential = credentialOf(await sendRequest(session, accessToken, body));
      const claims = await verifySdJwtVc(credential, new URL(`${issuer}/trust-anchor.cer`));
      const text = JSON.stringify(claims);
      if ((claims.cnf as { jwk: { x: string } }).jwk.x !== holderKey.publicJwk.x) failures.push(`${row.individual_id}: another key`);
      if (!text.includes(row.full_name) || !text.includes(row.individual_id)) failures.push(`${row.individual_id}: own data missing`);
      const foreign = rows.find((other) => other !== row && text.includes(other.individual_id));
      if (foreign) failures.push(`${row.individual_id}: data of ${foreign.individual_id}`);
    }
  };
  await Promise.all(Array.from({ length: parallel }, drain));
  assert.deepEqual(failures, []);
  const log = instance.output();
  const leaked = rows.filter(
    (row) => log.includes(row.individual_id) || log.includes(row.full_name) || (row.email !== '' && log.includes(row.email)),
  );
  assert.deepEqual(leaked, [], 'quality T12: no person in the log, at level debug too');
});
