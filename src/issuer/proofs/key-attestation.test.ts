import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { compact, tokenMutants } from '../../../test/hostile/token-mutants.ts';
import { certify } from '../../../test/support/certificates.ts';
import { makeTestKey, type TestKey } from '../../../test/support/issuer-stage.ts';
import type { IssuerConfig } from '../../config-schema.ts';
import { movableClock, numericDate } from '../../lib/clock.ts';
import { mintNonce, type NonceMint } from '../../oauth/nonce.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { CredentialType } from '../credential-type.ts';
import { type RequestExpectation, verifyKeyProofs } from '../key-proof.ts';
import { bindingMetadata, findBindingFault, type HolderBinding } from './holder-binding.ts';
import { openProofTrust } from './proof-trust.ts';

const issuer = 'https://issuer.example/issuers/one';
const provider = 'https://wallet-provider.example';
const clock = movableClock(new Date());
const now = () => numericDate(clock.now());
const nonces: NonceMint = { secret: Buffer.alloc(32, 7), audience: issuer, clock, lifetimeSeconds: 300 };

const [root, strange] = Array.from({ length: 2 }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey) as [
  TestKey['key'],
  TestKey['key'],
];
const attester = await makeTestKey();
const holders = await Promise.all(Array.from({ length: 6 }, () => makeTestKey()));
const authority = await certify('Wallets', root, undefined, { authority: {} });
const certified = await certify('Attester', attester.key, authority);

const folder = await mkdtemp(join(tmpdir(), 'chancery-attestation-'));
after(() => rm(folder, { recursive: true, force: true }));
const anchorFile = join(folder, 'root.pem');
await writeFile(anchorFile, authority.certificate.toString('pem'));
const pinned = { issuer: provider, jwks: { keys: [{ ...attester.publicJwk, kid: 'one' }] } };
const config = {
  name: 'one',
  keyAttestation: { anchors: [anchorFile], attesters: [pinned] },
  holderCertificates: { anchors: [anchorFile] },
};
const trust = await openProofTrust(config as unknown as IssuerConfig, clock);
const trustsNobody = await openProofTrust({ name: 'one' } as IssuerConfig, clock);

type Proofs = HolderBinding['proofs'];
const bindingWith = (proofs: Proofs): HolderBinding => ({ methods: ['jwk'], proofs });
const attestationOnly = bindingWith({ attestation: { algorithms: ['ES256'] } });
const insideJwt = (more: NonNullable<Proofs['jwt']>['keyAttestation'] = {}) =>
  bindingWith({ jwt: { algorithms: ['ES256'], keyAttestation: more } });

function expecting(binding: HolderBinding, more: Partial<RequestExpectation> = {}): RequestExpectation {
  const type = { binding } as CredentialType;
  return { type, audience: issuer, clientId: 'wallet', nonces, trust, maximum: 5, clock, ...more };
}

const header = { typ: 'key-attestation+jwt', alg: 'ES256', x5c: [certified.text] };
const keysOf = (count: number) => holders.slice(0, count).map(({ publicJwk }, index) => ({ ...publicJwk, kid: `key-${index}` }));
const attesting = (count: number, more: object = {}) => ({
  iss: provider,
  iat: now(),
  exp: now() + 3600,
  attested_keys: keysOf(count),
  key_storage: ['iso_18045_moderate'],
  user_authentication: ['iso_18045_high'],
  ...more,
});
const attestation = (payload: object, changed: object = {}) => compact({ ...header, ...changed }, payload, attester.key);
const fresh = () => ({ nonce: mintNonce(nonces) });
const holderAt = (index: number) => holders[index] ?? assert.fail('no such key');

interface ProofParts {
  readonly token: unknown;
  readonly by?: number;
  readonly nonce?: string;
  readonly named?: object;
}
function proofOver({ token, by = 0, nonce = mintNonce(nonces), named }: ProofParts): string {
  const { publicJwk, key } = holderAt(by);
  const head = { typ: 'openid4vci-proof+jwt', alg: 'ES256', ...(named ?? { jwk: publicJwk }), key_attestation: token };
  return compact(head, { iss: 'wallet', aud: issuer, iat: now(), nonce }, key);
}

async function verify(
  kind: 'jwt' | 'attestation',
  tokens: readonly string[],
  expectation: RequestExpectation,
): Promise<readonly unknown[]> {
  return (await verifyKeyProofs({ kind, tokens }, expectation)).holders.map((holder) => holder?.jwk.x);
}
async function errorOf(kind: 'jwt' | 'attestation', tokens: readonly string[], expectation: RequestExpectation): Promise<string> {
  const fault = await verify(kind, tokens, expectation).then(
    () => assert.fail('taken'),
    (fault: unknown) => fault,
  );
  assert.ok(fault instanceof Refusal, String(fault));
  return fault.error;
}
const xOf = (...indices: readonly number[]) => indices.map((index) => holderAt(index).publicJwk.x);

test('features B25, standards V-76, V-77, H-18: one attestation, by certificate or by pinned key, gives a holder for each key up to batch_size', async () => {
  const expectation = expecting(attestationOnly);
  for (const changed of [{}, { x5c: undefined, kid: 'one' }, { x5c: undefined }])
    assert.deepEqual(await verify('attestation', [attestation(attesting(5, fresh()), changed)], expectation), xOf(0, 1, 2, 3, 4));
  assert.deepEqual(await verify('attestation', [attestation(attesting(6, fresh()))], expectation), xOf(0, 1, 2, 3, 4));
  assert.deepEqual(await verify('attestation', [attestation(attesting(6, fresh()))], { ...expectation, maximum: 1 }), xOf(0));
});

test('features B25, standards V-76: a proof by an attested key speaks for all keys of its attestation, named in each way there is', async () => {
  const expectation = expecting(insideJwt());
  for (const named of [undefined, { kid: 'key-1' }, { kid: '1' }]) {
    const proof = proofOver({ token: attestation(attesting(3)), by: 1, ...(named ? { named } : {}) });
    assert.deepEqual(await verify('jwt', [proof], expectation), xOf(0, 1, 2), JSON.stringify(named));
  }
  const last = proofOver({ token: attestation(attesting(6)), by: 5 });
  assert.deepEqual(await verify('jwt', [last], { ...expectation, maximum: 3 }), xOf(0, 1, 5), 'the key that signed is among the chosen');
  const nonce = mintNonce(nonces);
  const token = attestation(attesting(3));
  assert.deepEqual(
    await verify(
      'jwt',
      [2, 0].map((by) => proofOver({ token, by, nonce })),
      expectation,
    ),
    xOf(2, 0),
    'several proofs',
  );
});

test('standards V-76, quality R79: a proof by another key than an attested one is refused, whoever attested it', async () => {
  const expectation = expecting(insideJwt());
  const token = attestation(attesting(3));
  assert.equal(await errorOf('jwt', [proofOver({ token, by: 4 })], expectation), 'invalid_proof');
  assert.equal(await errorOf('jwt', [proofOver({ token, by: 4, named: { kid: 'key-1' } })], expectation), 'invalid_proof');
  for (const kid of ['key-9', '9', '-1', 7, null])
    assert.equal(await errorOf('jwt', [proofOver({ token, named: { kid } })], expectation), 'invalid_proof', String(kid));
  const nonce = mintNonce(nonces);
  const both = [proofOver({ token, nonce }), proofOver({ token, by: 4, nonce })];
  assert.equal(await errorOf('jwt', both, expectation), 'invalid_proof');
});

test('quality R79, standards V-77, E-3: the nonce of an attestation is looked at, alone and inside a proof', async () => {
  const alone = expecting(attestationOnly);
  assert.equal(await errorOf('attestation', [attestation(attesting(1))], alone), 'invalid_proof', 'missing');
  assert.equal(await errorOf('attestation', [attestation(attesting(1, { nonce: 7 }))], alone), 'invalid_proof');
  assert.equal(await errorOf('attestation', [attestation(attesting(1, { nonce: 'made up' }))], alone), 'invalid_nonce');
  const inside = expecting(insideJwt());
  const nonce = mintNonce(nonces);
  const over = (more: object) => [proofOver({ token: attestation(attesting(1, more)), nonce })];
  assert.deepEqual(await verify('jwt', over({ nonce }), inside), xOf(0));
  assert.equal(await errorOf('jwt', over({ nonce: mintNonce(nonces) }), inside), 'invalid_nonce', 'another one of ours');
  assert.equal(await errorOf('jwt', over({ nonce: 'made up' }), inside), 'invalid_nonce');
  const demanding = expecting(insideJwt({ nonce: 'required' }));
  assert.equal(await errorOf('jwt', over({}), demanding), 'invalid_proof');
  assert.deepEqual(await verify('jwt', over({ nonce }), demanding), xOf(0));
});

test('quality R71, standards V-77: iat, nbf and exp of an attestation are held to the clock, and beside a proof it ends', async () => {
  const cases: readonly [object, string | undefined][] = [
    [{ iat: undefined }, 'invalid_proof'],
    [{ iat: now() + 3600 }, 'invalid_proof'],
    [{ iat: 'yesterday' }, 'invalid_proof'],
    [{ nbf: now() + 3600 }, 'invalid_proof'],
    [{ exp: now() - 3600 }, 'invalid_proof'],
    [{ exp: 1e308 }, 'invalid_proof'],
    [{ iat: now() - 864_000 }, undefined],
  ];
  for (const [change, error] of cases) {
    const alone = () => [attestation(attesting(1, { ...fresh(), ...change }))];
    const inside = () => [proofOver({ token: attestation(attesting(1, change)) })];
    if (error) assert.equal(await errorOf('attestation', alone(), expecting(attestationOnly)), error, JSON.stringify(change));
    else assert.deepEqual(await verify('attestation', alone(), expecting(attestationOnly)), xOf(0));
    if (error) assert.equal(await errorOf('jwt', inside(), expecting(insideJwt())), error, JSON.stringify(change));
    else assert.deepEqual(await verify('jwt', inside(), expecting(insideJwt())), xOf(0));
  }
  assert.deepEqual(
    await verify('attestation', [attestation(attesting(1, { ...fresh(), exp: undefined }))], expecting(attestationOnly)),
    xOf(0),
  );
  assert.equal(
    await errorOf('jwt', [proofOver({ token: attestation(attesting(1, { exp: undefined })) })], expecting(insideJwt())),
    'invalid_proof',
  );
});

test('standards V-77, V-67: the levels that a type asks for are met, a higher one meets a lower, and the metadata tell them', async () => {
  const demand = (keyStorage: string[], userAuthentication?: string[]): HolderBinding =>
    bindingWith({
      attestation: { algorithms: ['ES256'], keyAttestation: { keyStorage, ...(userAuthentication ? { userAuthentication } : {}) } },
    });
  const told = (more: object) => [attestation(attesting(1, { ...fresh(), ...more }))];
  for (const [wanted, asserted, good] of [
    [['iso_18045_moderate'], ['iso_18045_moderate'], true],
    [['iso_18045_moderate'], ['iso_18045_high'], true],
    [['iso_18045_moderate'], ['iso_18045_enhanced-basic'], false],
    [['iso_18045_moderate'], [], false],
    [['iso_18045_moderate'], undefined, false],
    [['iso_18045_moderate'], 'iso_18045_high', false],
    [['iso_18045_high', 'https://levels.example/secure'], ['https://levels.example/secure'], true],
    [['https://levels.example/secure'], ['iso_18045_high'], false],
  ] as const) {
    const name = `${wanted} by ${asserted}`;
    const asking = [expecting(demand([...wanted])), expecting(demand(['iso_18045_basic'], [...wanted]))] as const;
    if (good) {
      assert.deepEqual(await verify('attestation', told({ key_storage: asserted }), asking[0]), xOf(0), name);
      assert.deepEqual(await verify('attestation', told({ user_authentication: asserted }), asking[1]), xOf(0), name);
    } else {
      assert.equal(await errorOf('attestation', told({ key_storage: asserted }), asking[0]), 'invalid_proof', name);
      assert.equal(await errorOf('attestation', told({ user_authentication: asserted }), asking[1]), 'invalid_proof', name);
    }
  }
  assert.deepEqual(bindingMetadata(demand(['iso_18045_high'])).proof_types_supported, {
    attestation: { proof_signing_alg_values_supported: ['ES256'], key_attestations_required: { key_storage: ['iso_18045_high'] } },
  });
  const { jwt } = bindingMetadata(insideJwt()).proof_types_supported as { jwt: object };
  assert.deepEqual(jwt, { proof_signing_alg_values_supported: ['ES256'], key_attestations_required: {} });
  assert.equal(
    'key_attestations_required' in
      (bindingMetadata(bindingWith({ jwt: { algorithms: ['ES256'] } })).proof_types_supported as { jwt: object }).jwt,
    false,
  );
});

test('quality R80, standards H-18: only attesters of the configuration are believed', async () => {
  const expectation = expecting(attestationOnly);
  const foreign = await certify('Wallets', strange, undefined, { authority: {} });
  const below = await certify('Attester', attester.key, foreign);
  for (const [name, changed] of [
    ['the anchor rides along', { x5c: [certified.text, authority.text] }],
    ['a foreign root', { x5c: [below.text] }],
    ['a foreign root that rides along', { x5c: [below.text, foreign.text] }],
    ['self-signed', { x5c: [(await certify('Attester', attester.key, undefined)).text] }],
    ['its own key', { x5c: undefined, jwk: attester.publicJwk }],
    ['a key nobody told', { x5c: undefined, kid: 'two' }],
    ['two keys', { kid: 'one' }],
    ['a federation', { x5c: undefined, kid: 'one', trust_chain: ['x'] }],
  ] as const)
    assert.equal(await errorOf('attestation', [attestation(attesting(1, fresh()), changed)], expectation), 'invalid_proof', name);
  const another = attestation(attesting(1, { ...fresh(), iss: 'https://other.example' }), { x5c: undefined, kid: 'one' });
  assert.equal(await errorOf('attestation', [another], expectation), 'invalid_proof', 'a pinned key under another name');
  const good = () => [attestation(attesting(1, fresh()))];
  assert.deepEqual(await verify('attestation', good(), expectation), xOf(0));
  assert.equal(await errorOf('attestation', good(), { ...expectation, trust: trustsNobody }), 'invalid_proof');
});

test('standards V-77, V-78: attested keys are public, different, of an algorithm of the type, and there is one at least', async () => {
  const expectation = expecting(attestationOnly);
  const [first, second] = keysOf(2);
  const ed25519 = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' });
  const secret = holderAt(0).key.export({ format: 'jwk' });
  for (const keys of [
    undefined,
    [],
    first,
    [null],
    ['x'],
    [first, { ...first, kid: 'again' }],
    [first, secret],
    [second, ed25519],
    [{ kty: 'oct', k: 'AA' }],
  ])
    assert.equal(
      await errorOf('attestation', [attestation(attesting(1, { ...fresh(), attested_keys: keys }))], expectation),
      'invalid_proof',
    );
});

test('quality T5: more than sixty mutants of a good attestation, alone and inside a proof, none taken', async () => {
  const alone = { header, payload: attesting(2, fresh()), key: attester.key };
  const inside = { header, payload: attesting(2), key: attester.key };
  assert.deepEqual(await verify('attestation', [compact(header, alone.payload, attester.key)], expecting(attestationOnly)), xOf(0, 1));
  const mutants = tokenMutants(alone);
  assert.ok(mutants.length >= 60, `${mutants.length}`);
  for (const { name, token } of mutants)
    assert.equal(await errorOf('attestation', [token], expecting(attestationOnly)), 'invalid_proof', name);
  for (const { name, token } of tokenMutants(inside))
    assert.equal(await errorOf('jwt', [proofOver({ token })], expecting(insideJwt())), 'invalid_proof', name);
  for (const token of [undefined, null, 7, {}, [attestation(attesting(1))]])
    assert.equal(await errorOf('jwt', [proofOver({ token })], expecting(insideJwt())), 'invalid_proof', JSON.stringify(token));
});

test('quality Q27: a type that asks for what its issuer cannot check is not sound, and names the setting', () => {
  const certificates = bindingWith({ jwt: { algorithms: ['ES256'], certificates: 'required' } });
  for (const binding of [attestationOnly, insideJwt(), certificates]) {
    assert.equal(findBindingFault(binding, trust), undefined);
    assert.match(findBindingFault(binding, trustsNobody)?.reason ?? '', /setting (?:keyAttestation|holderCertificates)/);
    assert.equal(findBindingFault({ ...binding, methods: ['did:key'] }, trust)?.pointer, '/binding/methods');
  }
});
