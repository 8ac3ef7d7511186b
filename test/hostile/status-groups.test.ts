import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { mountCredentialStatus } from '../../src/issuer/operators/credential-status.ts';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { jwkThumbprint } from '../../src/oauth/thumbprint.ts';
import type { OperatorRole } from '../../src/operation.ts';
import type { ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { openTestOperators } from '../support/operator-server.ts';
import { withStatusTypes } from '../support/status-types.ts';

let nodes: IssuerNodes;
let phone: TestKey;
let tablet: TestKey;
before(async () => {
  const withTypes = await withStatusTypes();
  nodes = await openIssuerNodes(1, (options) => {
    const changed = withTypes(options);
    return { ...changed, config: changed.config.map((issuer) => ({ ...issuer, batchSize: 3 })) };
  });
  [phone, tablet] = [await makeTestKey(), await makeTestKey()];
  for (const person of ['mother', 'child']) nodes.people.set(person, { outcome: 'known', claims: { name: 'Noor' } });
});
after(() => nodes?.close());

/** Issues copies of a type to a person, one for each key. */
async function issue(person: string, type: string, holders: readonly TestKey[]): Promise<void> {
  const token = await nodes.token(person, { scope: `openid ${type.toLowerCase()}` });
  const nonce = await nodes.nonce();
  const body = JSON.stringify({ credential_configuration_id: type, proofs: { jwt: holders.map((holder) => nodes.proof(holder, nonce)) } });
  const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}` };
  const answer = await nodes.ask('/issuers/civil/credential', { method: 'POST', body, headers });
  assert.equal(answer.status, 200, await answer.text());
}

interface Found {
  readonly credential_id: string;
  readonly credential_type: string;
  readonly status: string;
  readonly batch?: string;
  readonly wallet?: string;
}
interface Answer {
  readonly error?: string;
  readonly dry_run: boolean;
  readonly counts: Readonly<Record<string, number>>;
  readonly credentials: readonly (Found & { readonly outcome: string })[];
}

const servers = new Map<OperatorRole, Awaited<ReturnType<typeof openTestOperators>>>();
async function ask(path: string, payload: object, role: OperatorRole = 'revocation-officer') {
  const { ledger, statusLists } = nodes.databases[0] as ServiceDatabase;
  const mounts = [
    (scope: Parameters<typeof mountCredentialStatus>[0]) =>
      mountCredentialStatus(scope, { issuers: nodes.config, keys: nodes.keys, ledger, statusLists }),
  ];
  const server = servers.get(role) ?? (await openTestOperators({ roles: [role], mounts }));
  servers.set(role, server);
  const headers = { authorization: 'Bearer key' };
  const answer = await server.inject({ method: 'POST', url: `/issuers/${path}`, payload, headers });
  return { status: answer.statusCode, body: answer.json() as Answer };
}

const change = async (payload: object) => (await ask('civil/credentials/status', payload)).body;
const search = async (payload: object) => (await ask('civil/credentials/search', payload)).body.credentials;
const thumbprint = (key: TestKey) => jwkThumbprint(key.publicJwk as PublicJwk);
/** What stands in the database about status: how often lists changed, what is not valid, what the audit tells of it. */
const traces = async () =>
  administer(
    nodes.target,
    `select (select sum(version)::integer from chancery_issuer.status_list) as versions,
      (select count(*)::integer from chancery_issuer.status_change) as changes,
      (select count(*)::integer from chancery_issuer.audit where event->>'action' in ('revoke', 'suspend', 'reinstate')) as audited`,
  ).then(([row]) => row as { versions: number; changes: number; audited: number });

test('features B64, quality R81: a rehearsal counts and changes nothing; then a batch, a wallet and a person are ended in one step each, in every format', async () => {
  const types = ['Card', 'Mdoc', 'JwtNew', 'JwtToken', 'EddsaRdfc'];
  for (const type of types) await issue('mother', type, [phone]);
  await issue('mother', 'Card', [tablet]);
  await issue('child', 'Card', [phone]);
  await issue('mother', 'JwtOld', [await makeTestKey(), await makeTestKey(), await makeTestKey()]);
  const all = await search({ individual_id: 'mother' });
  assert.equal(all.length, 9);
  const copies = all.filter(({ batch }) => batch !== undefined);
  assert.deepEqual([copies.length, new Set(copies.map(({ batch }) => batch)).size], [3, 1], 'a single copy is no batch');
  const batch = copies[0]?.batch as string;
  assert.deepEqual(
    (await search({ batch })).map(({ credential_id }) => credential_id).sort(),
    copies.map(({ credential_id }) => credential_id).sort(),
  );

  const before = await traces();
  const rehearsed = await change({ batch, status: 'suspended', dry_run: true, reason: 'a look' });
  assert.deepEqual([rehearsed.dry_run, rehearsed.counts['changed'], rehearsed.credentials.length], [true, 3, 3]);
  assert.deepEqual(await traces(), before, 'nothing was written');

  const suspended = await change({ batch, status: 'suspended', reason: 'a copy was shown by somebody else' });
  assert.deepEqual([suspended.dry_run, suspended.counts], [false, { changed: 3, unchanged: 0, final: 0, irrevocable: 0, unknown: 0 }]);
  assert.deepEqual(await traces(), { versions: before.versions + 1, changes: before.changes + 3, audited: before.audited + 3 });

  const lost = await change({ wallet_key: thumbprint(phone), status: 'invalid', reason: 'the phone is lost' });
  assert.equal(lost.counts['changed'], types.length + 1, 'what the phone holds of the child too');
  assert.equal((await traces()).versions, before.versions + 2, 'one step');
  const left = await search({ individual_id: 'mother' });
  const byType = left
    .filter(({ batch }) => batch === undefined)
    .map(({ credential_type: type, status, wallet }) => [type, status, wallet] as const);
  assert.deepEqual(
    byType
      .filter(([, status]) => status === 'invalid')
      .map(([type]) => type)
      .sort(),
    [...types].sort(),
  );
  assert.equal(new Set(byType.filter(([, status]) => status === 'invalid').map(([, , wallet]) => wallet)).size, 1);
  const [[, , other] = []] = byType.filter(([, status]) => status === 'valid');
  assert.equal((await change({ wallet: other, status: 'invalid', dry_run: true })).counts['changed'], 1, 'by the hash that a search tells');

  const ended = await change({ individual_id: 'mother', status: 'invalid', reason: 'deceased' });
  assert.deepEqual(ended.counts, { changed: 4, unchanged: 5, final: 0, irrevocable: 0, unknown: 0 });
  assert.deepEqual(new Set((await search({ individual_id: 'mother' })).map(({ status }) => status)), new Set(['invalid']));
  assert.equal((await change({ individual_id: 'mother', status: 'valid' })).counts['final'], 9);
});

test('quality R37, R81: who names two groups, none, or nobody changes nothing; neither does another role or another issuer', async () => {
  await issue('child', 'Card', [tablet]);
  const before = await traces();
  const path = 'civil/credentials/status';
  const key = thumbprint(tablet);
  for (const bad of [
    { status: 'invalid' },
    { status: 'invalid', registry: 'people' },
    { status: 'invalid', wallet_key: key, individual_id: 'child' },
    { status: 'invalid', wallet_key: key, credential_ids: ['a'] },
    { status: 'invalid', wallet_key: 'short' },
    { status: 'invalid', batch: 'no such characters!' },
    { status: 'invalid', wallet_key: key, dry_run: 'yes' },
  ]) {
    const { status, body } = await ask(path, bad);
    assert.deepEqual([status, body.error], [400, 'invalid_request'], JSON.stringify(bad));
  }
  assert.equal((await ask('civil/credentials/search', {})).status, 400);
  assert.equal((await ask(path, { status: 'invalid', wallet_key: key }, 'support')).status, 403);
  assert.equal((await ask('academy/credentials/status', { status: 'invalid', wallet_key: key })).body.credentials.length, 0);
  assert.equal((await change({ status: 'invalid', individual_id: 'nobody' })).credentials.length, 0);
  // A hash of one kind is no hash of the other.
  const [{ wallet } = {}] = await search({ wallet_key: key });
  assert.equal((await change({ status: 'invalid', batch: key })).credentials.length, 0);
  assert.ok(wallet);
  assert.deepEqual(await traces(), before);
});
