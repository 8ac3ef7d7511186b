import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createFileKeyStore } from '../keys/file/file-key-store.ts';
import type { KeyStore } from '../keys/keys.ts';
import { systemClock } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { encryptTo } from '../oauth/jwe.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Grant } from './access-token.ts';
import { findSubject } from './subject.ts';

const names = ['one', 'two'] as const;
const identifierOf = (name: string) => `https://issuer.example/issuers/${name}`;
let folder: string;
let keys: KeyStore;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-subject-'));
  const issuers = Object.fromEntries(
    names.map((name) => [name, { commonName: name, organisation: name, country: 'XO', identifier: identifierOf(name) }]),
  );
  keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock: systemClock, issuers });
});
after(() => rm(folder, { recursive: true, force: true }));

const grant = (subject: Grant['server']['subject'], payload: JsonObject): Grant => ({
  server: { issuer: 'https://as.example', subject },
  tokenId: 't',
  clientId: 'wallet',
  scopes: new Set(),
  identifiers: new Map(),
  boundThumbprint: undefined,
  payload,
});
const optionsOf = (name: string) => ({ issuerName: name, identifier: identifierOf(name), registry: 'people', keys });

async function seal(name: string, content: JsonObject, type = 'registry-reference'): Promise<string> {
  await keys.decrypters(`registry-reference:${name}`);
  const [recipient] = await keys.published(`registry-reference:${name}`);
  return encryptTo(recipient ?? assert.fail(), content, type);
}
const find = async (sealed: JsonObject, name = 'one') => {
  try {
    return await findSubject(grant({ from: 'registry_reference' }, sealed), optionsOf(name));
  } catch (fault) {
    if (fault instanceof Refusal) return `${fault.status} ${fault.error}`;
    throw fault;
  }
};

test('design D6, quality Q24: the subject is read from the reference that was sealed to this issuer and this token', async () => {
  const content = { registry: 'population', id: '4022802715', iss: identifierOf('one'), jti: 'j' };
  assert.deepEqual(await find({ jti: 'j', registry_reference: await seal('one', content) }), { registry: 'population', id: '4022802715' });
});

test('design D6: a reference of another token, issuer, key or kind names nobody', async () => {
  const content = { registry: 'population', id: '4022802715', iss: identifierOf('one'), jti: 'j' };
  const good = await seal('one', content);
  const [head, ...rest] = good.split('.');
  const cases: readonly [string, JsonObject, string?][] = [
    ['moved to another token', { jti: 'other', registry_reference: good }],
    ['moved to a token without jti', { registry_reference: good }],
    ['made for another issuer', { jti: 'j', registry_reference: await seal('one', { ...content, iss: identifierOf('two') }) }],
    ['taken to another issuer', { jti: 'j', registry_reference: good }, 'two'],
    ['sealed to the key of another issuer', { jti: 'j', registry_reference: await seal('two', content) }],
    ['of another kind', { jti: 'j', registry_reference: await seal('one', content, 'something-else') }],
    ['without a person', { jti: 'j', registry_reference: await seal('one', { ...content, id: 7 }) }],
    ['altered', { jti: 'j', registry_reference: [head, ...rest.slice(0, 2), 'AAAA', rest[3]].join('.') }],
    ['cut', { jti: 'j', registry_reference: good.slice(0, -4) }],
    ['empty', { jti: 'j', registry_reference: '' }],
    ['in clear', { jti: 'j', registry_reference: { registry: 'population', id: '1' } }],
    ['missing', { jti: 'j' }],
  ];
  for (const [what, payload, name] of cases) assert.equal(await find(payload, name), '401 invalid_token', what);
});

test('features A25: the subject of a foreign server stands where the operator said', async () => {
  const options = optionsOf('one');
  assert.deepEqual(await findSubject(grant({ from: 'claim', name: 'person' }, { person: '7', sub: 'x' }), options), {
    registry: 'people',
    id: '7',
  });
  assert.deepEqual(await findSubject(grant({ from: 'claim' }, { sub: 'x' }), options), { registry: 'people', id: 'x' });
  for (const payload of [{}, { person: '' }, { person: 7 }, { person: ['7'] }])
    await assert.rejects(findSubject(grant({ from: 'claim', name: 'person' }, payload), options), /invalid_token/);
});
