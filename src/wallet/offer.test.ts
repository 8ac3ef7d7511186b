import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { startWalletWorld, Visitor, type WalletWorld } from '../../test/support/wallet-world.ts';
import { Refusal } from '../oauth/refusal.ts';
import { readInvitation, readOffer, readOfferParameters } from './offer.ts';

const offerOf = (issuer: string, more: object = {}) =>
  JSON.stringify({ credential_issuer: issuer, credential_configuration_ids: ['LibraryCard'], ...more });
const refused = (code: string) => (fault: unknown) => fault instanceof Refusal && fault.error === code;

test('features A04, standards WL-1: an offer is read, unknown members are ignored, issuer_state is kept as it came', () => {
  const offer = readOffer(
    offerOf('https://office.example', {
      future: { x: 1 },
      grants: { authorization_code: { issuer_state: 'ß%&', authorization_server: 'https://as.example', other: 1 }, later: {} },
    }),
  );
  assert.deepEqual(offer, {
    issuer: 'https://office.example',
    configurationIds: ['LibraryCard'],
    issuerState: 'ß%&',
    authorizationServer: 'https://as.example',
  });
});

test('features A04: exactly one of value and reference, once, and readable', () => {
  const value = offerOf('https://office.example');
  const read = (parameters: [string, string][]) => () => readOfferParameters(new URLSearchParams(parameters));
  for (const parameters of [
    [],
    [
      ['credential_offer', value],
      ['credential_offer_uri', 'https://office.example/o'],
    ],
    [
      ['credential_offer', value],
      ['credential_offer', value],
    ],
    [['credential_offer', '']],
    [['credential_offer_uri', 'file:///etc/passwd']],
    [['credential_offer_uri', 'https://user:secret@office.example/']],
    [['credential_offer_uri', 'nowhere']],
    [['credential_offer', offerOf('ftp://office.example')]],
    [['credential_offer', offerOf('https://office.example', { credential_configuration_ids: [] })]],
    [['credential_offer', offerOf('https://office.example', { credential_configuration_ids: ['a', 'a'] })]],
    [['credential_offer', offerOf('https://office.example', { credential_configuration_ids: [1] })]],
    [['credential_offer', offerOf('https://office.example', { grants: [] })]],
    [['credential_offer', '{"credential_issuer":"https://a.example","credential_issuer":"https://b.example"}']],
  ] as [string, string][][])
    assert.throws(read(parameters), refused('bad_invitation'), JSON.stringify(parameters));
  assert.throws(
    read([
      ['credential_offer', offerOf('https://office.example', { grants: { 'urn:ietf:params:oauth:grant-type:pre-authorized_code': {} } })],
    ]),
    refused('unsupported_invitation'),
  );
});

test('quality T1: nothing that is pasted as an invitation does more than be refused', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.webUrl(),
    fc.json().map((json) => `openid-credential-offer://?credential_offer=${encodeURIComponent(json)}`),
  );
  fc.assert(
    fc.property(text, (pasted) => {
      try {
        readInvitation(pasted);
      } catch (fault) {
        assert.ok(fault instanceof Refusal && fault.status < 500);
      }
    }),
    { numRuns: 500 },
  );
});

async function paste(world: WalletWorld, invitation: string): Promise<{ visitor: Visitor; body: string; status: number }> {
  const visitor = new Visitor(world);
  await visitor.get('/');
  const { body, statusCode } = await visitor.post('/offer', { invitation });
  return { visitor, body, status: statusCode };
}

test('features A04: a pasted offer by value shows who invites, then enters the same course with its issuer_state', async (t) => {
  const world = await startWalletWorld(t);
  const { issuer, server } = world.office;
  const offer = offerOf(issuer, { grants: { authorization_code: { issuer_state: 'state-of-office', authorization_server: server } } });
  const { visitor, body, status } = await paste(world, `openid-credential-offer://?credential_offer=${encodeURIComponent(offer)}`);
  assert.equal(status, 200);
  assert.ok(body.indexOf('City Library') < body.indexOf('Get the library card'), 'the office stands first');
  assert.equal(world.office.seen.filter(({ path }) => path === '/as/par').length, 0, 'nothing has begun');
  const start = await visitor.pick(world.office, { issuer_state: 'state-of-office', authorization_server: server });
  assert.equal(start.statusCode, 303);
  assert.equal(world.office.pushed().issuer_state, 'state-of-office');
});

test('standards WL-1: an offer by reference is fetched only after the owner agreed', async (t) => {
  const world = await startWalletWorld(t);
  const address = `${world.office.origin}/offers/1`;
  const visitor = new Visitor(world);
  const ask = await visitor.get(`/offer?credential_offer_uri=${encodeURIComponent(address)}`);
  assert.match(ask.body, /Open an invitation from 127\.0\.0\.1:\d+\?/);
  assert.ok(!world.office.seen.some(({ path }) => path === '/offers/1'));
  const shown = await visitor.post('/offer', { credential_offer_uri: address });
  assert.match(shown.body, /City Library invites you/);
  const inside = await visitor.post('/offer', { credential_offer_uri: 'http://127.0.0.1:1/offer' });
  assert.equal(inside.statusCode, 400, 'no address inside is asked');
});

test('features A04, standards WL-1: an offer of an unknown office, document or server is refused with words', async (t) => {
  const world = await startWalletWorld(t);
  const link = (offer: string) => `https://wallet.example/offer?credential_offer=${encodeURIComponent(offer)}`;
  const { issuer } = world.office;
  const unknown = await paste(world, link(offerOf('https://stranger.example')));
  assert.deepEqual([unknown.status, /does not know who sent/.test(unknown.body)], [403, true]);
  const gone = await paste(world, link(offerOf(issuer, { credential_configuration_ids: ['Gone'] })));
  assert.equal(gone.status, 404);
  const elsewhere = offerOf(issuer, { grants: { authorization_code: { authorization_server: 'https://evil.example' } } });
  assert.equal((await paste(world, link(elsewhere))).status, 400);
  const start = await new Visitor(world).pick(world.office, { authorization_server: 'https://evil.example' });
  assert.equal(start.statusCode, 503, 'and cannot be smuggled into the form');
});
