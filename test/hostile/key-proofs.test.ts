import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { CallbackContext, Jwk } from '@openid4vc/oauth2';
import { type CreateKeyAttestationJwtOptions, createKeyAttestationJwt } from '@openid4vc/openid4vci';
import { calculateJwkThumbprint, type JWTPayload, SignJWT } from 'jose';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { readCredentialType } from '../../src/issuer/credential-type.ts';
import type { Json } from '../../src/lib/json.ts';
import { type Certified, certify } from '../support/certificates.ts';
import { cardType, type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';
import { compact } from './token-mutants.ts';

const formats = [sdJwtVc, jwtVcJson, msoMdoc, ldpVc];
const { binding, ...unbound } = cardType;
const plainClaims = {
  claims: [{ path: ['name'], mandatory: true, disclosure: 'always', display: [{ name: 'Name', locale: 'en' }] }],
  mapping: { name: { $claim: 'name' } },
};
const bare = { ...unbound, ...plainClaims };
const withoutStatus = ({ status: _, ...type }: typeof bare) => type;
/** Types whose credentials are bound to nobody's key, in each format that knows such credentials. */
const papers = {
  Leaflet: { ...withoutStatus(bare), scope: 'leaflet', profile: { vct: 'leaflet' } },
  Letter: {
    ...withoutStatus(bare),
    scope: 'letter',
    format: jwtVcJson.identifier,
    profile: { dataModel: '2.0', types: ['Letter'], contexts: [] },
  },
  Poster: {
    ...withoutStatus(bare),
    scope: 'poster',
    format: ldpVc.identifier,
    profile: {
      dataModel: '2.0',
      suite: 'ecdsa-rdfc-2019',
      types: ['Poster'],
      contexts: [{ name: 'poster', '@context': { Poster: 'https://issuer.example/terms#Poster' } }],
    },
  },
};

/** A type that takes attested keys alone, in both ways they come. */
const attested = {
  ...withoutStatus(bare),
  scope: 'badge',
  profile: { vct: 'badge' },
  binding: {
    methods: ['jwk'],
    proofs: {
      jwt: { algorithms: ['ES256'], keyAttestation: { keyStorage: ['iso_18045_moderate'] } },
      attestation: { algorithms: ['ES256'], keyAttestation: { keyStorage: ['iso_18045_moderate'] } },
    },
  },
};

let nodes: IssuerNodes;
let attester: Certified;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-proofs-'));
  const authority = await certify('Wallets', (await makeTestKey()).key, undefined, { authority: {} });
  attester = await certify('Attester', (await makeTestKey()).key, authority);
  const root = join(folder, 'root.cer');
  await writeFile(root, Buffer.from(authority.certificate.rawData));
  const files = await Promise.all(
    Object.entries({ ...papers, Badge: attested }).map(async ([id, type]) => {
      const file = join(folder, `${id}.json`);
      await writeFile(file, JSON.stringify({ ...type, id, display: [{ name: id, locale: 'en' }] }));
      return file;
    }),
  );
  nodes = await openIssuerNodes(1, (options) => ({
    ...options,
    formats: formats as never,
    config: options.config.map((config) =>
      config.name === 'civil'
        ? { ...config, batchSize: 5, keyAttestation: { anchors: [root] }, types: [...config.types, ...files] }
        : { ...config, keyAttestation: { anchors: [root], dpopKey: 'required' } },
    ),
  }));
  nodes.people.set('noor', { outcome: 'known', claims: { name: 'Noor', town: 'Orsana', tongues: ['ta'], notes: ['one'] } });
});
after(async () => {
  await nodes?.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly error: unknown;
  readonly credentials: readonly { readonly credential: string | Record<string, Json> }[];
}

async function send(body: object, token?: string): Promise<Answer> {
  const scope = 'openid card leaflet letter poster badge';
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token ?? (await nodes.token('noor', { scope }))}` },
  };
  const answer = await nodes.ask('/issuers/civil/credential', init);
  return { status: answer.status, ...((await answer.json()) as Omit<Answer, 'status'>) };
}

async function configurations(): Promise<Record<string, Record<string, unknown>>> {
  const answer = await nodes.ask('/.well-known/openid-credential-issuer/issuers/civil');
  return ((await answer.json()) as { credential_configurations_supported: Record<string, Record<string, unknown>> })
    .credential_configurations_supported;
}

const payloadOf = (jwt: string) => JSON.parse(Buffer.from(jwt.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;

test('features B26, standards V-66, V-32: a type that binds no key says so in its metadata and issues one credential without proofs', async () => {
  const told = await configurations();
  for (const id of Object.keys(papers)) {
    assert.equal('cryptographic_binding_methods_supported' in (told[id] ?? assert.fail(id)), false, id);
    assert.equal('proof_types_supported' in (told[id] ?? {}), false, id);
  }
  const answers = await Promise.all(Object.keys(papers).map((id) => send({ credential_configuration_id: id })));
  const [leaflet, letter, poster] = answers.map(({ status, credentials }) => {
    assert.deepEqual([status, credentials.length], [200, 1]);
    return credentials[0]?.credential;
  });
  const anchor = new URL(`${nodes.addresses[0]}/issuers/civil/trust-anchor.cer`);
  const claims = await verifySdJwtVc(String(leaflet), anchor);
  assert.deepEqual([claims['name'], 'cnf' in claims, 'sub' in claims], ['Noor', false, false]);
  const payload = payloadOf(String(letter));
  assert.deepEqual([payload['credentialSubject'], 'cnf' in payload, 'sub' in payload], [{ name: 'Noor' }, false, false]);
  assert.deepEqual((poster as Record<string, Json>)['credentialSubject'], { name: 'Noor' });
});

test('features B26, quality Q6: the same token asks twice for an unbound credential and is given the same one; with proofs it is refused', async () => {
  const token = await nodes.token('noor', { scope: 'leaflet' });
  const [first, second] = [
    await send({ credential_configuration_id: 'Leaflet' }, token),
    await send({ credential_configuration_id: 'Leaflet' }, token),
  ];
  assert.deepEqual(second, first);
  const proof = nodes.proof(await makeTestKey(), await nodes.nonce());
  assert.equal((await send({ credential_configuration_id: 'Leaflet', proofs: { jwt: [proof] } })).error, 'invalid_credential_request');
  assert.equal((await send({ credential_configuration_id: 'Card' })).error, 'invalid_proof');
});

test('features B26: an mdoc cannot be without a device key, and a type that leaves it out is not sound', async () => {
  const licence = JSON.parse(JSON.stringify({ ...bare, format: msoMdoc.identifier, profile: {} })) as Json;
  await assert.rejects(readCredentialType(licence, 'https://issuer.example', formats as never), {
    name: 'ProfileFault',
    pointer: '/binding',
  });
  assert.ok(binding);
});

/** What a wallet provider signs for some keys, by the library of another team. */
async function attestationBy(keys: readonly TestKey[], more: Partial<CreateKeyAttestationJwtOptions> = {}): Promise<string> {
  const jwks = keys.map(({ publicJwk }) => publicJwk as Jwk);
  const signJwt: CallbackContext['signJwt'] = async (_signer, { header, payload }) => ({
    jwt: await new SignJWT(payload as JWTPayload).setProtectedHeader(header as never).sign(attester.key),
    signerJwk: jwks[0] as Jwk,
  });
  return createKeyAttestationJwt({
    attestedKeys: jwks,
    keyStorage: ['iso_18045_moderate'],
    issuedAt: nodes.clock.now(),
    expiresAt: new Date(nodes.clock.now().getTime() + 3_600_000),
    signer: { method: 'x5c', alg: 'ES256', x5c: [attester.text] },
    callbacks: { signJwt },
    ...more,
  });
}

const boundKeys = ({ credentials }: Answer) =>
  credentials.map(({ credential }) => (payloadOf(String(credential)) as { cnf: { jwk: { x: string } } }).cnf.jwk.x);

test('features B25, standards V-76, V-77, H-18: an attestation of @openid4vc gives a credential for each of its keys, alone and inside a proof', async () => {
  const told = (await configurations())['Badge']?.['proof_types_supported'];
  const asked = { proof_signing_alg_values_supported: ['ES256'], key_attestations_required: { key_storage: ['iso_18045_moderate'] } };
  assert.deepEqual(told, { jwt: asked, attestation: asked });
  const keys = await Promise.all(Array.from({ length: 4 }, () => makeTestKey()));
  const wanted = keys.map(({ publicJwk }) => publicJwk.x);
  const ask = (proofs: object) => send({ credential_configuration_id: 'Badge', proofs });

  const nonce = await nodes.nonce();
  const alone = await attestationBy(keys, { nonce, use: 'proof_type.attestation' });
  const answer = await ask({ attestation: [alone] });
  assert.deepEqual(boundKeys(answer), wanted);
  assert.equal((await ask({ attestation: [alone] })).error, 'invalid_nonce', 'quality R25: the nonce is spent');
  assert.equal((await ask({ attestation: [alone, alone] })).error, 'invalid_credential_request');
  assert.equal((await ask({ di_vp: [{}] })).error, 'invalid_proof');

  const beforehand = await attestationBy(keys, { use: 'proof_type.jwt' });
  const [, second = assert.fail()] = keys;
  const proof = compact(
    { typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: second.publicJwk, key_attestation: beforehand },
    { iss: 'wallet', aud: identifierOf('civil'), iat: Math.floor(nodes.clock.now().getTime() / 1000), nonce: await nodes.nonce() },
    second.key,
  );
  assert.deepEqual(boundKeys(await ask({ jwt: [proof] })), wanted);
  assert.equal((await ask({ jwt: [nodes.proof(second, await nodes.nonce())] })).error, 'invalid_proof', 'without attestation');
});

test('quality R79: where the issuer wants it, an access token is honoured only with a DPoP key that an attester vouches for', async () => {
  const issuer = identifierOf('academy');
  const [dpopKey, other, holder] = [await makeTestKey(), await makeTestKey(), await makeTestKey()];
  const bound = { cnf: { jkt: await calculateJwkThumbprint(dpopKey.publicJwk) } };
  let dpopNonce = (await nodes.ask('/issuers/academy/nonce', { method: 'POST' })).headers.get('dpop-nonce');
  const ask = async (scheme: 'Bearer' | 'DPoP', attestation?: string) => {
    const token = await nodes.token('noor', scheme === 'DPoP' ? bound : {}, 'academy');
    const claims = {
      htm: 'POST',
      htu: `${issuer}/credential`,
      ath: createHash('sha256').update(token).digest('base64url'),
      iat: Math.floor(nodes.clock.now().getTime() / 1000),
      jti: randomUUID(),
      nonce: dpopNonce,
    };
    const head = { typ: 'dpop+jwt', alg: 'ES256', jwk: dpopKey.publicJwk, ...(attestation ? { key_attestation: attestation } : {}) };
    const proofs = { jwt: [nodes.proof(holder, await nodes.nonce('academy'), 'academy')] };
    const answer = await nodes.ask('/issuers/academy/credential', {
      method: 'POST',
      body: JSON.stringify({ credential_configuration_id: 'Card', proofs }),
      headers: {
        'content-type': 'application/json',
        authorization: `${scheme} ${token}`,
        ...(scheme === 'DPoP' ? { dpop: compact(head, claims, dpopKey.key) } : {}),
      },
    });
    dpopNonce = answer.headers.get('dpop-nonce') ?? dpopNonce;
    return [answer.status, ((await answer.json()) as { error?: string }).error];
  };
  const use = 'proof_type.jwt';
  assert.deepEqual(await ask('DPoP', await attestationBy([other, dpopKey], { use })), [200, undefined]);
  assert.deepEqual(await ask('DPoP', await attestationBy([other], { use })), [401, 'invalid_dpop_proof']);
  assert.deepEqual(await ask('DPoP', compact({ typ: 'key-attestation+jwt', alg: 'ES256' }, {}, other.key)), [401, 'invalid_dpop_proof']);
  assert.deepEqual(await ask('DPoP'), [401, 'invalid_dpop_proof']);
  assert.deepEqual(await ask('Bearer'), [401, 'invalid_dpop_proof']);
});
