import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { jwtVcJson } from '../../src/formats/jwt-vc-json/jwt-vc-json.ts';
import { ldpVc } from '../../src/formats/ldp-vc/ldp-vc.ts';
import { msoMdoc } from '../../src/formats/mso-mdoc/mso-mdoc.ts';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { readCredentialType } from '../../src/issuer/credential-type.ts';
import type { Json } from '../../src/lib/json.ts';
import { cardType, type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey } from '../support/issuer-stage.ts';
import { verifySdJwtVc } from '../support/judge-sd-jwt.ts';

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

let nodes: IssuerNodes;
let folder = '';
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-proofs-'));
  const files = await Promise.all(
    Object.entries(papers).map(async ([id, type]) => {
      const file = join(folder, `${id}.json`);
      await writeFile(file, JSON.stringify({ ...type, id, display: [{ name: id, locale: 'en' }] }));
      return file;
    }),
  );
  nodes = await openIssuerNodes(1, (options) => ({
    ...options,
    formats: formats as never,
    config: options.config.map((config) =>
      config.name === 'civil' ? { ...config, batchSize: 5, types: [...config.types, ...files] } : config,
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
  const scope = 'openid card leaflet letter poster';
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
