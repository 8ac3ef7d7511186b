import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Instance, startInstance, withoutWallet } from '../support/instance.ts';
import { askOperators } from '../support/offers.ts';

const preAuthorizedCodeGrant = 'urn:ietf:params:oauth:grant-type:pre-authorized_code';
let instance: Instance;
before(async () => {
  instance = await startInstance({ environment: { ...withoutWallet, CHANCERY_LOG_LEVEL: 'debug' } });
});
after(() => instance?.stop());

const path = '/issuers/civil-registry/credential-offers';
interface Made {
  readonly credential_offer_uri: string;
  readonly link: string;
}
async function make(order: object): Promise<Made> {
  const answer = await askOperators(instance, path, order);
  assert.equal(answer.status, 201, await answer.clone().text());
  return (await answer.json()) as Made;
}

test('features B19, B20, quality SU11, standards EP-3, V-04, V-05, V-10, H-06, H-13: an offer by reference has an address of its own and can be read again', async () => {
  const order = { credential_configuration_ids: ['NationalIdentity', 'FarmerCard'] };
  const [one, two] = [await make(order), await make(order)];
  assert.notEqual(one.credential_offer_uri, two.credential_offer_uri);
  const link = new URL(one.link);
  assert.deepEqual([link.protocol, [...link.searchParams.keys()]], ['openid-credential-offer:', ['credential_offer_uri']]);
  assert.equal(link.searchParams.get('credential_offer_uri'), one.credential_offer_uri);
  const answer = await fetch(one.credential_offer_uri);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  assert.deepEqual([answer.headers.get('cache-control'), answer.headers.get('access-control-allow-origin')], ['no-store', '*']);
  const offer = (await answer.json()) as { grants: { authorization_code: { issuer_state: string } } };
  const { issuer_state: state } = offer.grants.authorization_code;
  assert.match(state, /^[\w-]{22,}$/);
  assert.deepEqual(offer, {
    credential_issuer: `${instance.url.origin}/issuers/civil-registry`,
    credential_configuration_ids: order.credential_configuration_ids,
    grants: { authorization_code: { issuer_state: state } },
  });
  assert.deepEqual(await (await fetch(one.credential_offer_uri)).json(), offer, 'reading spends nothing');
  const other = (await (await fetch(two.credential_offer_uri)).json()) as typeof offer;
  assert.notEqual(other.grants.authorization_code.issuer_state, state);
});

test('features B19, standards V-08, V-09: both grants side by side; what does not fit is refused before anything is kept', async () => {
  const code = { 'pre-authorized_code': 'made-by-the-authorization-server', tx_code: { input_mode: 'numeric', length: 6 } };
  const both = await make({
    credential_configuration_ids: ['NationalIdentity'],
    grants: { authorization_code: {}, [preAuthorizedCodeGrant]: code },
  });
  const { grants } = (await (await fetch(both.credential_offer_uri)).json()) as { grants: Record<string, unknown> };
  assert.deepEqual(grants[preAuthorizedCodeGrant], code);
  const ids = ['NationalIdentity'];
  const bad: readonly object[] = [
    {},
    { credential_configuration_ids: [] },
    { credential_configuration_ids: ['Nothing'] },
    { credential_configuration_ids: ['NationalIdentity', 'NationalIdentity'] },
    { credential_configuration_ids: ids, grants: {} },
    { credential_configuration_ids: ids, grants: { implicit: {} } },
    { credential_configuration_ids: ids, grants: { authorization_code: { authorization_server: `${instance.url.origin}/authorization` } } },
    { credential_configuration_ids: ids, grants: { [preAuthorizedCodeGrant]: { ...code, tx_code: { description: 'x'.repeat(301) } } } },
    { credential_configuration_ids: ids, lifetime_seconds: 1 },
    { credential_configuration_ids: ids, individual_id: '4022802715' },
  ];
  for (const order of bad) assert.equal((await askOperators(instance, path, order)).status, 400, JSON.stringify(order));
  assert.equal((await askOperators(instance, '/issuers/nobody/credential-offers', { credential_configuration_ids: ids })).status, 404);
  assert.ok(!instance.output().includes(code['pre-authorized_code']), 'quality T12');
});

test('quality Q16, R3, R15: only a clerk makes offers; an address that is altered, or of the neighbour, leads nowhere', async () => {
  const anonymous = await fetch(new URL(path, instance.operators), { method: 'POST', body: '{}' });
  assert.equal(anonymous.status, 401);
  const { credential_offer_uri: uri } = await make({ credential_configuration_ids: ['NationalIdentity'] });
  const name = uri.split('/').at(-1) ?? '';
  const bad = [
    uri.slice(0, -1),
    `${uri}A`,
    `${uri}=`,
    uri.replace(name, name.toUpperCase() === name ? name.toLowerCase() : name.toUpperCase()),
    uri.replace('civil-registry', 'university'),
  ];
  for (const address of bad) {
    const answer = await fetch(address);
    assert.deepEqual([answer.status, ((await answer.json()) as { error: string }).error], [404, 'not_found'], address);
  }
});
