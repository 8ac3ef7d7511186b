import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../lib/json.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Grant } from './access-token.ts';
import { parseCredentialRequest, readCredentialRequest } from './credential-request.ts';
import type { CredentialType } from './credential-type.ts';

const binding = { methods: ['jwk'], proofs: { jwt: { algorithms: ['ES256'] } } };
const types = ['Card', 'Licence'].map(
  (id) => ({ id, version: 1, scope: id.toLowerCase(), binding, formatMetadata: {} }) as unknown as CredentialType,
);
const paper = { id: 'Paper', version: 1, scope: 'paper', formatMetadata: {} } as CredentialType;
const server = { issuer: 'https://as.example', subject: { from: 'registry_reference' } } as const;
const grant = (more: Partial<Grant> = {}): Grant => ({
  server,
  tokenId: 't',
  clientId: 'wallet',
  scopes: new Set(),
  identifiers: new Map(),
  boundThumbprint: undefined,
  payload: {},
  ...more,
});
const proofs = { jwt: ['a.b.c'] };
const refusalOf = (body: JsonObject, given: Grant): Refusal => {
  try {
    readCredentialRequest(body, given, { types, batchSize: 1 });
  } catch (fault) {
    if (fault instanceof Refusal) return fault;
    throw fault;
  }
  return assert.fail(`taken: ${JSON.stringify(body)}`);
};

test('standards V-30, features B18: a token with credential_identifiers is used by one of them', () => {
  const given = grant({ identifiers: new Map([['card-of-noor', 'Card']]) });
  assert.equal(readCredentialRequest({ credential_identifier: 'card-of-noor', proofs }, given, { types, batchSize: 1 }).type.id, 'Card');
  for (const [body, error] of [
    [{ credential_identifier: 'card-of-somebody', proofs }, 'unknown_credential_identifier'],
    [{ credential_identifier: 'Card', proofs }, 'unknown_credential_identifier'],
    [{ credential_identifier: 7, proofs }, 'invalid_credential_request'],
    [{ credential_configuration_id: 'Card', proofs }, 'invalid_credential_request'],
    [{ credential_identifier: 'card-of-noor', credential_configuration_id: 'Card', proofs }, 'invalid_credential_request'],
    [{ proofs }, 'invalid_credential_request'],
  ] as const)
    assert.equal(refusalOf(body, given).error, error, JSON.stringify(body));
});

test('features A21, B18: scope and authorization_details each give their own type; for one type the details win', () => {
  const given = grant({ scopes: new Set(['card', 'licence']), identifiers: new Map([['one', 'Card']]) });
  assert.equal(
    readCredentialRequest({ credential_configuration_id: 'Licence', proofs }, given, { types, batchSize: 1 }).type.id,
    'Licence',
  );
  assert.equal(readCredentialRequest({ credential_identifier: 'one', proofs }, given, { types, batchSize: 1 }).type.id, 'Card');
  assert.equal(refusalOf({ credential_configuration_id: 'Card', proofs }, given).error, 'invalid_credential_request');
});

test('features A21: several scopes in one token each work, and no other', () => {
  const given = grant({ scopes: new Set(['openid', 'card', 'licence']) });
  for (const id of ['Card', 'Licence'])
    assert.equal(readCredentialRequest({ credential_configuration_id: id, proofs }, given, { types, batchSize: 1 }).type.id, id);
  assert.equal(refusalOf({ credential_configuration_id: 'Degree', proofs }, given).error, 'unknown_credential_configuration');
});

test('quality R60: a type outside the grant is refused with the challenge of the scheme the token has', () => {
  const body = { credential_configuration_id: 'Card', proofs };
  for (const [boundThumbprint, scheme] of [
    [undefined, 'Bearer'],
    ['thumb', 'DPoP'],
  ] as const) {
    const { status, error, headers } = refusalOf(body, grant({ boundThumbprint }));
    assert.deepEqual([status, error], [403, 'insufficient_scope']);
    assert.match(headers['www-authenticate'] ?? '', new RegExp(`^${scheme} error="insufficient_scope",.* scope="card"`));
  }
});

test('standards V-31, V-32, V-34: proofs are one type and one proof; unknown members are ignored', () => {
  const given = grant({ scopes: new Set(['card']) });
  const card = { credential_configuration_id: 'Card' };
  assert.deepEqual(readCredentialRequest({ ...card, proofs, surprise: [1], format: 'x' }, given, { types, batchSize: 1 }).proofs, {
    kind: 'jwt',
    tokens: ['a.b.c'],
  });
  for (const [more, error] of [
    [{}, 'invalid_proof'],
    [{ proofs: { jwt: 'a.b.c' } }, 'invalid_credential_request'],
    [{ proofs: [] }, 'invalid_credential_request'],
    [{ proofs: { attestation: ['x'] } }, 'invalid_proof'],
    [{ proofs: { jwt: ['a', 'b'] } }, 'invalid_credential_request'],
    [{ proofs: { jwt: [null] } }, 'invalid_proof'],
  ] as const)
    assert.equal(refusalOf({ ...card, ...more }, given).error, error, JSON.stringify(more));
});

test('features B27, standards V-31, V-64, quality R26: as many proofs as the issuer advertises and not one more', () => {
  const given = grant({ scopes: new Set(['card']) });
  const ask = (count: number, batchSize: number) => {
    const jwt = Array.from({ length: count }, (_, index) => `a.b.${index}`);
    const { proofs } = readCredentialRequest({ credential_configuration_id: 'Card', proofs: { jwt } }, given, { types, batchSize });
    return proofs?.kind === 'jwt' ? proofs.tokens.length : undefined;
  };
  assert.deepEqual([ask(1, 1), ask(1, 3), ask(3, 3)], [1, 1, 3]);
  for (const [count, batchSize] of [
    [2, 1],
    [4, 3],
    [5000, 50],
  ] as const)
    assert.throws(
      () => ask(count, batchSize),
      (fault) => fault instanceof Refusal && fault.error === 'invalid_credential_request',
    );
});

test('features B26, standards V-32: a type that binds no key is asked for without proofs, and with them not at all', () => {
  const given = grant({ scopes: new Set(['paper']) });
  const ask = (more: JsonObject) =>
    readCredentialRequest({ credential_configuration_id: 'Paper', ...more }, given, { types: [paper], batchSize: 3 });
  assert.equal(ask({}).proofs, undefined);
  for (const sent of [proofs, {}, { jwt: [] }, null])
    assert.throws(
      () => ask({ proofs: sent }),
      (fault) => fault instanceof Refusal && fault.error === 'invalid_credential_request',
      JSON.stringify(sent),
    );
});

test('standards V-31, V-75, V-76: each proof type of the credential type is read in its own form, and no other type is', () => {
  const every = { jwt: { algorithms: ['ES256'] }, attestation: { algorithms: ['ES256'] }, di_vp: { suites: ['eddsa-jcs-2022'] } };
  const deed = { ...paper, binding: { methods: ['did:key'], proofs: every } } as unknown as CredentialType;
  const given = grant({ scopes: new Set(['paper']) });
  const read = (sent: JsonObject) =>
    readCredentialRequest({ credential_configuration_id: 'Paper', proofs: sent }, given, { types: [deed], batchSize: 2 }).proofs;
  assert.deepEqual(read({ attestation: ['a.b.c'] }), { kind: 'attestation', tokens: ['a.b.c'] });
  assert.deepEqual(read({ di_vp: [{}, { a: 1 }] }), { kind: 'di_vp', presentations: [{}, { a: 1 }] });
  for (const [sent, error] of [
    [{ attestation: ['a.b.c', 'd.e.f'] }, 'invalid_credential_request'],
    [{ attestation: [] }, 'invalid_credential_request'],
    [{ attestation: [{}] }, 'invalid_proof'],
    [{ di_vp: [{}, {}, {}] }, 'invalid_credential_request'],
    [{ di_vp: ['a.b.c'] }, 'invalid_proof'],
    [{ di_vp: [null] }, 'invalid_proof'],
    [{ di_vp: {} }, 'invalid_credential_request'],
    [{ jwt: ['a'], di_vp: [{}] }, 'invalid_credential_request'],
    [{ toString: ['a'] }, 'invalid_proof'],
    [{ ldp_vp: [{}] }, 'invalid_proof'],
  ] as const)
    assert.throws(
      () => read(sent as unknown as JsonObject),
      (fault) => fault instanceof Refusal && fault.error === error,
      JSON.stringify(sent),
    );
});

test('quality Q6, Q22: the same members in another order are the same request; another proof or type is another', () => {
  const given = grant({ scopes: new Set(['card', 'licence']) });
  const canonicalOf = (text: string) => readCredentialRequest(parseCredentialRequest(text), given, { types, batchSize: 1 }).canonical;
  const first = canonicalOf('{"credential_configuration_id":"Card","proofs":{"jwt":["a.b.c"]}}');
  assert.equal(canonicalOf('{ "x": 1, "proofs": {"jwt": ["a.b.c"]}, "credential_configuration_id": "C\\u0061rd" }'), first);
  assert.notEqual(canonicalOf('{"credential_configuration_id":"Card","proofs":{"jwt":["a.b.d"]}}'), first);
  assert.notEqual(canonicalOf('{"credential_configuration_id":"Licence","proofs":{"jwt":["a.b.c"]}}'), first);
});

test('quality Q39: a body that is no object, names a member twice or nests too deeply is refused', () => {
  for (const text of ['', 'null', '7', '[]', '{"a":1,"a":2}', `{"a":${'['.repeat(100)}${']'.repeat(100)}}`, '{"a":"\\ud800"}'])
    assert.throws(
      () => parseCredentialRequest(text),
      (fault) => fault instanceof Refusal && fault.error === 'invalid_credential_request',
      text.slice(0, 20),
    );
});
