import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import { mintNonce, readNonce } from '../../oauth/nonce.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { Grant } from '../access-token.ts';
import type { CredentialType } from '../credential-type.ts';
import type { Asked } from '../dialect.ts';
import { createDraft13 } from './draft13.ts';

const base = 'https://www.w3.org/2018/credentials/v1';
const own = 'https://issuer.example/contexts/farmer/v1';
const issueNow = async () => 'now';
const issueThen = async () => 'then';
const type = (id: string, formatMetadata: JsonObject, algorithms = ['ES256', 'EdDSA']) =>
  ({
    id,
    version: 1,
    scope: `${id.toLowerCase()}_scope`,
    formatMetadata,
    binding: { methods: ['jwk'], proofs: { jwt: { algorithms } } },
    issue: issueNow,
    formerly: new Map(formatMetadata.format === 'dc+sd-jwt' ? [['vc+sd-jwt', issueThen]] : []),
  }) as unknown as CredentialType;
const ldp = (id: string, contexts: readonly string[], types: readonly string[]) =>
  type(id, { format: 'ldp_vc', credential_definition: { '@context': contexts, type: types } });
const farmer = ['VerifiableCredential', 'FarmerCredential'];
const types = [
  type('Card', { format: 'dc+sd-jwt', vct: 'https://issuer.example/types/card/v1' }),
  type('Licence', { format: 'mso_mdoc', doctype: 'org.iso.18013.5.1.mDL' }, ['ES256']),
  type('Residence', { format: 'jwt_vc_json', credential_definition: { type: ['VerifiableCredential', 'Residence'] } }),
  ldp('Farmer', [base, own], farmer),
  ldp('FarmerWithLand', [base, own, 'https://issuer.example/contexts/land/v1'], farmer),
];
const everything = types.map(({ scope }) => scope);
const grant = (scopes: readonly string[], identifiers: Grant['identifiers'] = new Map()) =>
  ({ scopes: new Set(scopes), identifiers }) as unknown as Grant;
const nonces = { secret: new Uint8Array(32), audience: 'https://issuer.example', clock: systemClock, lifetimeSeconds: 300 };
const draft13 = createDraft13(nonces);
const proof = { proof_type: 'jwt', jwt: 'a.b.c' };

/** What goes through the door, or the refusal that comes back. */
async function ask(body: JsonObject, scopes: readonly string[] = everything): Promise<Asked | Refusal> {
  let seen: Asked | undefined;
  const serve = async (asked: Asked) => {
    seen = asked;
    return JSON.stringify({ credentials: [{ credential: 'x' }] });
  };
  return draft13.converse({ body, types, grant: grant(scopes) }, serve).then(
    () => seen as Asked,
    (fault: unknown) => (fault instanceof Refusal ? fault : assert.fail(String(fault))),
  );
}
async function idOf(body: JsonObject, scopes?: readonly string[]): Promise<unknown> {
  const asked = await ask(body, scopes);
  return asked instanceof Refusal ? asked.error : asked.body.credential_configuration_id;
}

test('standards D-1, D-11, features B06: format and description mean exactly one configuration that the token allows', async () => {
  const definition = (...names: readonly string[]) => ({ type: names });
  const cases: readonly [string, JsonObject, readonly string[] | undefined, string][] = [
    ['vct', { format: 'dc+sd-jwt', vct: 'https://issuer.example/types/card/v1' }, undefined, 'Card'],
    ['vct by the older name', { format: 'vc+sd-jwt', vct: 'https://issuer.example/types/card/v1' }, undefined, 'Card'],
    ['doctype, claims passed over', { format: 'mso_mdoc', doctype: 'org.iso.18013.5.1.mDL', claims: { a: {} } }, undefined, 'Licence'],
    [
      'types as a set',
      { format: 'jwt_vc_json', credential_definition: definition('Residence', 'VerifiableCredential') },
      undefined,
      'Residence',
    ],
    [
      'exactly these contexts, in any order',
      { format: 'ldp_vc', credential_definition: { '@context': [own, base], type: farmer } },
      undefined,
      'Farmer',
    ],
    [
      'the first context alone, as Inji sends it, and the scope',
      { format: 'ldp_vc', credential_definition: { '@context': [base], type: farmer } },
      ['farmerwithland_scope'],
      'FarmerWithLand',
    ],
    ['no context', { format: 'ldp_vc', credential_definition: definition(...farmer) }, ['farmer_scope'], 'Farmer'],
    [
      'two that fit',
      { format: 'ldp_vc', credential_definition: { '@context': [base], type: farmer } },
      undefined,
      'invalid_credential_request',
    ],
    [
      'a context nobody has',
      { format: 'ldp_vc', credential_definition: { '@context': ['https://other.example'], type: farmer } },
      undefined,
      'unsupported_credential_type',
    ],
    [
      'a type too few',
      { format: 'ldp_vc', credential_definition: definition('FarmerCredential') },
      undefined,
      'unsupported_credential_type',
    ],
    ['another vct', { format: 'vc+sd-jwt', vct: 'https://issuer.example/types/card/v2' }, undefined, 'unsupported_credential_type'],
    ['no description', { format: 'vc+sd-jwt' }, undefined, 'unsupported_credential_type'],
    ['a format nobody has', { format: 'ac_vc' }, undefined, 'unsupported_credential_format'],
    ['a format that is no string', { format: 7 }, undefined, 'invalid_credential_request'],
    ['both ways at once', { format: 'vc+sd-jwt', credential_identifier: 'x' }, undefined, 'invalid_credential_request'],
    ['neither', {}, undefined, 'invalid_credential_request'],
    // Refused by the flow, with the challenge of the token's scheme.
    ['one the token does not allow', { format: 'mso_mdoc', doctype: 'org.iso.18013.5.1.mDL' }, ['card_scope'], 'Licence'],
  ];
  for (const [what, body, scopes, expected] of cases) assert.equal(await idOf({ ...body, proof }, scopes), expected, what);
});

test('features B06, standards X-6: only the shape of a request says its draft; 1.0 and later drafts are left alone', () => {
  const card = { credential_configuration_id: 'Card' };
  const taken = [{ format: 'vc+sd-jwt', vct: 'x', proof }, { format: 'vc+sd-jwt' }, { credential_identifier: 'x', proof }];
  const left = [
    { ...card, proofs: { jwt: ['a.b.c'] } },
    { ...card, proofs: { jwt: ['a.b.c'] }, format: 'vc+sd-jwt' },
    { credential_identifier: 'x', proofs: { jwt: ['a.b.c'] } },
    { ...card, proof },
    { format: 'vc+sd-jwt', proofs: { jwt: ['a.b.c'] } },
    {},
  ];
  for (const body of taken) assert.equal(draft13.speaks(body), true, JSON.stringify(body));
  for (const body of left) assert.equal(draft13.speaks(body), false, JSON.stringify(body));
});

test('standards D-5, D-6: the type answers under the name its format had then, and takes Ed25519 by its full name', async () => {
  const [newer, older] = [
    await ask({ format: 'dc+sd-jwt', vct: 'https://issuer.example/types/card/v1', proof }),
    await ask({ format: 'vc+sd-jwt', vct: 'https://issuer.example/types/card/v1', proof }),
  ];
  assert.ok(!(newer instanceof Refusal) && !(older instanceof Refusal));
  assert.deepEqual([newer.types[0]?.issue, older.types[0]?.issue], [issueNow, issueThen]);
  assert.deepEqual(older.types[0]?.binding?.proofs.jwt?.algorithms, ['ES256', 'EdDSA', 'Ed25519']);
  assert.deepEqual(older.body, { credential_configuration_id: 'Card', proofs: { jwt: ['a.b.c'] } });
  const byIdentifier = await ask({ credential_identifier: 'Card.main', proof });
  assert.ok(!(byIdentifier instanceof Refusal));
  assert.equal(byIdentifier.types[0]?.issue, issueThen);
  const licence = await ask({ format: 'mso_mdoc', doctype: 'org.iso.18013.5.1.mDL', proof });
  assert.ok(!(licence instanceof Refusal));
  assert.deepEqual(licence.types[0]?.binding?.proofs.jwt?.algorithms, ['ES256']);
});

test('standards D-2, D-4, D-13: answers and errors in the words of the draft; what is wrong with a proof brings the next nonce', async () => {
  const serveWith = (serve: () => Promise<string>) =>
    draft13.converse(
      { body: { format: 'vc+sd-jwt', vct: 'https://issuer.example/types/card/v1', proof }, types, grant: grant(everything) },
      serve,
    );
  const credential = { '@context': [base] };
  const answer = JSON.parse(await serveWith(async () => JSON.stringify({ credentials: [{ credential }], notification_id: 'n' })));
  assert.deepEqual(Object.keys(answer).sort(), ['c_nonce', 'c_nonce_expires_in', 'credential', 'notification_id']);
  assert.deepEqual([answer.credential, answer.c_nonce_expires_in], [credential, 300]);
  assert.equal(readNonce(nonces, answer.c_nonce).state, 'valid');
  const headers = { 'www-authenticate': 'Bearer' };
  for (const [status, code, expected] of [
    [400, 'invalid_nonce', 'invalid_proof'],
    [400, 'invalid_proof', 'invalid_proof'],
    [400, 'unknown_credential_identifier', 'unsupported_credential_type'],
    [400, 'credential_request_denied', 'invalid_credential_request'],
    [400, 'invalid_encryption_parameters', 'invalid_encryption_parameters'],
    [401, 'invalid_token', 'invalid_token'],
    [403, 'insufficient_scope', 'insufficient_scope'],
    [503, 'temporarily_unavailable', 'temporarily_unavailable'],
  ] as const) {
    const thrown = new Refusal(status, code, 'Said so.', { cause: 'why', headers });
    const refusal = await serveWith(() => Promise.reject(thrown)).catch((fault: Refusal) => fault);
    assert.ok(refusal instanceof Refusal);
    assert.deepEqual([refusal.status, refusal.error, refusal.description, refusal.cause], [status, expected, 'Said so.', 'why']);
    assert.deepEqual(refusal.headers, headers);
    const { c_nonce: fresh, c_nonce_expires_in: seconds } = refusal.body;
    if (expected !== 'invalid_proof') assert.equal(fresh, undefined);
    else assert.deepEqual([readNonce(nonces, String(fresh)).state, seconds], ['valid', 300]);
  }
  const broken = new TypeError('a fault of ours');
  await assert.rejects(
    serveWith(() => Promise.reject(broken)),
    broken,
  );
  for (const bad of [
    'x',
    null,
    [],
    {},
    { proof_type: 'cwt', cwt: 'x' },
    { proof_type: 'ldp_vp', ldp_vp: {} },
    { proof_type: 'jwt', jwt: 7 },
  ])
    assert.equal(await idOf({ format: 'vc+sd-jwt', vct: 'https://issuer.example/types/card/v1', proof: bad }), 'invalid_proof');
  assert.notEqual(mintNonce(nonces), answer.c_nonce);
});
