import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { type CredentialFormat, ProfileFault } from '../formats/format.ts';
import type { Json, JsonObject } from '../lib/json.ts';
import { type CredentialType, findMissingClaim, readCredentialType } from './credential-type.ts';

const issuer = 'https://issuer.example/issuers/one';

/** A format that takes every profile: the reader is judged here, not an encoding. */
const paper: CredentialFormat<Json> = {
  identifier: 'paper',
  statusLists: ['token_status_list'],
  read: (raw) => raw,
  algorithm: () => 'ES256',
  claimPath: (_profile, path) => path,
  metadata: () => ({ format: 'paper' }),
  documents: () => [],
  compile: () => async () => 'a sheet of paper',
};

const label = (name: string, locale = 'en') => ({ name, locale });
const claim = (path: Json, more: JsonObject = {}): JsonObject => ({
  path,
  mandatory: false,
  disclosure: 'selective',
  display: [label('Label')],
  ...more,
});
const good: JsonObject = {
  id: 'Card',
  version: 1,
  state: 'published',
  scope: 'card',
  format: 'paper',
  profile: {},
  binding: { methods: ['jwk'], proofs: { jwt: { algorithms: ['ES256'] } } },
  validityDays: 30,
  display: [label('Card'), label('بطاقة', 'ar')],
  claims: [claim(['name'], { mandatory: true }), claim(['address', 'town']), claim(['list', null])],
  mapping: { name: { $claim: 'name' }, address: { town: { $claim: 'town' } }, list: { $claim: 'list' } },
};
const read = (change: JsonObject) => readCredentialType({ ...good, ...change }, issuer, [paper]);

async function faultOf(change: JsonObject): Promise<string> {
  try {
    await read(change);
  } catch (fault) {
    assert.ok(fault instanceof ProfileFault, String(fault));
    return fault.pointer;
  }
  return 'no fault';
}

test('features B54: a type document says format, scope, validity, binding and version of a type', async () => {
  const type = await read({});
  assert.deepEqual([type?.id, type?.version, type?.scope, type?.validityDays, type?.state], ['Card', 1, 'card', 30, 'published']);
  assert.deepEqual(type?.mapping.names, ['name', 'town', 'list']);
});

test('standards VX-1, features B53: a claim without a place of its own in the encoding is described nowhere, and still asked for', async () => {
  const split: CredentialFormat<Json> = {
    ...paper,
    claimPath: (_profile, [head, ...rest]) => (head === 'address' && rest.length === 0 ? undefined : ['ns', head as string, ...rest]),
  };
  const claims = [claim(['name']), claim(['address'], { mandatory: true }), claim(['address', 'town']), claim(['list', null])];
  const type = await readCredentialType(
    { ...good, claims, binding: { methods: ['cose_key'], proofs: { jwt: { algorithms: ['ES256'] } } } },
    issuer,
    [split],
  );
  assert.deepEqual(
    type?.described.map(({ path }) => path),
    [
      ['ns', 'name'],
      ['ns', 'address', 'town'],
      ['ns', 'list', null],
    ],
  );
  assert.deepEqual(type && findMissingClaim(type, { name: 'x' }), ['address']);
});

test('standards BSL-1: a type cannot name a status list that its format does not point at', async () => {
  assert.equal((await read({ status: 'token_status_list' }))?.status, 'token_status_list');
  const elsewhere: CredentialFormat<Json> = { ...paper, statusLists: ['bitstring_status_list'] };
  await assert.rejects(
    readCredentialType({ ...good, status: 'token_status_list' }, issuer, [elsewhere]),
    (fault) => fault instanceof ProfileFault && fault.pointer === '/status',
  );
  assert.equal((await readCredentialType(good, issuer, [elsewhere]))?.status, undefined);
});

test('design §4: a draft is not offered, a retired type keeps its documents', async () => {
  assert.equal(await read({ state: 'draft' }), undefined);
  assert.equal((await read({ state: 'retired' }))?.state, 'retired');
});

test('standards VX-1, V-65: a fault in a type is named by its place and stops the type', async () => {
  const twoLocales = [label('Card'), label('Again')];
  const faults: readonly [JsonObject, string][] = [
    [{ version: 0 }, '/version'],
    [{ scope: 'two words' }, '/scope'],
    [{ format: 'stone' }, '/format'],
    [{ validityDays: 0 }, '/validityDays'],
    [{ binding: { methods: [], proofs: { jwt: { algorithms: ['ES256'] } } } }, '/binding/methods'],
    [{ binding: { methods: ['jwk'], proofs: { jwt: { algorithms: ['none'] } } } }, '/binding/proofs/jwt/algorithms/0'],
    [{ display: [] }, '/display'],
    [{ display: twoLocales }, '/display/1/locale'],
    [{ display: [label('Card', 'en-gb')] }, '/display/0/locale'],
    [{ claims: [claim(['name'], { display: twoLocales }), claim(['address']), claim(['list'])] }, '/claims/0/display/1/locale'],
    [{ claims: [] }, '/claims'],
    [{ claims: [claim([])] }, '/claims/0/path'],
    [{ claims: [claim(['name', -1])] }, '/claims/0/path/1'],
    [{ claims: [claim([null])] }, '/claims/0/path'],
    [{ claims: [claim(['nobody'])] }, '/claims/0/path'],
    [{ claims: [claim(['toString'])] }, '/claims/0/path'],
    [{ claims: [claim(['name']), claim(['name'])] }, '/claims/1/path'],
    [{ claims: [claim(['list', null]), claim(['list', 0])] }, '/claims/1/path'],
    [{ claims: [claim(['list', null]), claim(['list', 'member'])] }, '/claims/1/path'],
    [{ claims: [claim(['address', 'street'])] }, '/claims/0/path'],
    [{ claims: [claim(['address', null])] }, '/claims/0/path'],
    [{ claims: [claim(['name']), claim(['address'])] }, '/mapping/list'],
    [{ mapping: { name: { $call: 'eval', args: [] } } }, '/mapping/name/$call'],
    [{ surprise: true }, '/surprise'],
  ];
  for (const [change, pointer] of faults)
    assert.equal((await faultOf(change)).split('/').slice(0, pointer.split('/').length).join('/'), pointer, JSON.stringify(change));
});

test('standards VX-2: a mandatory claim that is missing is found, inside lists too, but not inside a part that is absent', async () => {
  const claims = [
    claim(['name'], { mandatory: true }),
    claim(['address']),
    claim(['address', 'town'], { mandatory: true }),
    claim(['list', null, 'kind'], { mandatory: true }),
  ];
  const type = (await read({
    claims,
    mapping: { name: { $claim: 'n' }, address: { $claim: 'a' }, list: { $claim: 'l' } },
  })) as CredentialType;
  const missing = (values: JsonObject) => findMissingClaim(type, values)?.join('.');
  assert.equal(missing({ name: 'Noor' }), undefined);
  assert.equal(missing({}), 'name');
  assert.equal(missing({ name: null }), undefined, 'null is a value');
  assert.equal(missing({ name: 'Noor', address: {} }), 'address.town');
  assert.equal(missing({ name: 'Noor', address: { town: '' } }), undefined);
  assert.equal(missing({ name: 'Noor', list: [{ kind: 1 }, {}] }), 'list..kind');
  assert.equal(missing({ name: 'Noor', list: [] }), undefined);
});

test('features B55: every type document that ships reads well, with the labels of each claim in one set of languages', async () => {
  for (const folder of ['demo', 'own-registry', 'foreign-authorization']) {
    const types = new URL(`../../examples/${folder}/types/`, import.meta.url);
    for (const file of await readdir(types)) {
      const raw = JSON.parse(await readFile(new URL(file, types), 'utf8')) as JsonObject;
      const type = await readCredentialType(raw, issuer, [{ ...paper, identifier: String(raw.format) }]);
      const languages = type?.display.map(({ locale }) => locale).sort();
      for (const { path, display } of type?.rules ?? assert.fail())
        assert.deepEqual(display.map(({ locale }) => locale).sort(), languages, `${file} ${path.join('.')}`);
    }
  }
});
