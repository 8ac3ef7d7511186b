import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Instance, startInstance } from '../support/instance.ts';
import { demoWithPreAuthorizedCodes } from '../support/offers.ts';

type Json = Readonly<Record<string, unknown>>;
interface Configuration extends Json {
  readonly format: string;
  readonly scope: string;
  readonly cryptographic_binding_methods_supported?: readonly string[];
  readonly proof_types_supported?: Readonly<Record<string, { proof_signing_alg_values_supported: readonly string[] } & Json>>;
  readonly credential_signing_alg_values_supported: readonly (string | number)[];
  readonly credential_metadata: { display: readonly Json[]; claims: readonly (Json & { path: readonly unknown[] })[] };
}

let instance: Instance;
let removeConfig: () => Promise<void>;
before(async () => {
  const { file, remove } = await demoWithPreAuthorizedCodes();
  removeConfig = remove;
  instance = await startInstance({ environment: { CHANCERY_CONFIG: file } });
});
after(async () => {
  await instance?.stop();
  await removeConfig?.();
});

const names = ['civil-registry', 'university'] as const;
const identifier = (name: string) => `${instance.url.origin}/issuers/${name}`;
const get = (path: string, init?: RequestInit) => fetch(new URL(path, instance.url), init);
const readIssuer = async (name: string) =>
  (await (await get(`/.well-known/openid-credential-issuer/issuers/${name}`)).json()) as Json & {
    credential_configurations_supported: Readonly<Record<string, Configuration>>;
  };
const readServer = async () => (await (await get('/.well-known/oauth-authorization-server/authorization')).json()) as Json;
const only = (object: object, allowed: readonly string[], where: string) =>
  assert.deepEqual(
    Object.keys(object).filter((name) => !allowed.includes(name)),
    [],
    where,
  );

test('features B01, standards EP-1, M-1, V-56, V-60, H-09: each issuer is described between host and path, byte for byte under its own name', async () => {
  for (const name of names) {
    const answer = await get(`/.well-known/openid-credential-issuer/issuers/${name}`);
    assert.deepEqual([answer.status, answer.headers.get('content-type')?.split(';')[0]], [200, 'application/json']);
    const metadata = (await answer.json()) as Json;
    assert.equal(metadata.credential_issuer, identifier(name));
    only(
      metadata,
      [
        'credential_issuer',
        'authorization_servers',
        'credential_endpoint',
        'nonce_endpoint',
        'deferred_credential_endpoint',
        'notification_endpoint',
        'credential_request_encryption',
        'credential_response_encryption',
        'batch_credential_issuance',
        'display',
        'credential_configurations_supported',
      ],
      name,
    );
    const { search, hash } = new URL(String(metadata.credential_issuer));
    assert.deepEqual([search, hash], ['', '']);
    assert.equal((await get(`/.well-known/openid-credential-issuer/issuers/${name.toUpperCase()}`)).status, 404, 'case sensitive');
  }
});

test('standards V-61, EP-7, EP-8, EP-10: every endpoint the metadata name stands below the issuer and answers as the specification has it', async () => {
  for (const name of names) {
    const metadata = await readIssuer(name);
    const endpoints = Object.entries(metadata).filter(([member]) => member.endsWith('_endpoint'));
    assert.ok(endpoints.length >= 3);
    for (const [member, address] of endpoints) {
      assert.ok(String(address).startsWith(`${identifier(name)}/`), member);
      const answer = await fetch(String(address), { method: 'POST' });
      assert.equal(answer.status, member === 'nonce_endpoint' ? 200 : 401, `${member} without a token`);
      assert.ok([404, 405].includes((await fetch(String(address))).status), `${member} by GET`);
    }
  }
});

test('standards M-2, M-3, M-4, V-66, V-67, ER-1: each configuration holds what 1.0 has and nothing of older drafts', async () => {
  const formats = new Set<string>();
  for (const name of names)
    for (const [id, configuration] of Object.entries((await readIssuer(name)).credential_configurations_supported)) {
      formats.add(configuration.format);
      const { format, credential_metadata: described, proof_types_supported: proofs } = configuration;
      const own = { 'dc+sd-jwt': 'vct', mso_mdoc: 'doctype' }[format] ?? 'credential_definition';
      only(
        configuration,
        [
          'format',
          'scope',
          own,
          'credential_signing_alg_values_supported',
          'cryptographic_binding_methods_supported',
          'proof_types_supported',
          'credential_metadata',
        ],
        id,
      );
      assert.equal(configuration.cryptographic_binding_methods_supported === undefined, proofs === undefined, `${id}: both or neither`);
      for (const [type, proof] of Object.entries(proofs ?? {})) {
        assert.ok(['jwt', 'attestation', 'di_vp'].includes(type), `${id}: ${type}`);
        only(proof, ['proof_signing_alg_values_supported', 'key_attestations_required'], `${id}/${type}`);
        assert.ok(proof.proof_signing_alg_values_supported.length > 0);
      }
      assert.ok(configuration.credential_signing_alg_values_supported.length > 0, id);
      only(described, ['display', 'claims'], id);
      for (const display of described.display)
        only(display, ['name', 'locale', 'logo', 'description', 'background_color', 'background_image', 'text_color'], `${id}/display`);
      for (const claim of described.claims) {
        only(claim, ['path', 'mandatory', 'display'], `${id}/claims`);
        assert.ok(claim.path.length > 0);
      }
    }
  assert.ok(formats.has('dc+sd-jwt') && formats.has('mso_mdoc'), 'standards H-02: both formats of HAIP are issued');
});

test('standards H-02, H-10, H-12, H-14: every configuration of both HAIP formats has a scope of its own, and a nonce endpoint beside it', async () => {
  for (const name of names) {
    const metadata = await readIssuer(name);
    const configurations = Object.values(metadata.credential_configurations_supported);
    const scopes = configurations.map(({ scope }) => scope);
    assert.ok(scopes.every((scope) => /^[\x21\x23-\x5b\x5d-\x7e]+$/.test(scope)));
    assert.equal(new Set(scopes).size, scopes.length, 'a scope maps to one type');
    assert.equal(typeof metadata.nonce_endpoint, 'string');
  }
});

test('standards M-5, V-69, H-03, H-08, H-16: the authorization server says what it does, and only that', async () => {
  const metadata = await readServer();
  assert.equal(metadata.issuer, `${instance.url.origin}/authorization`);
  for (const [member, value] of Object.entries({
    response_types_supported: ['code'],
    code_challenge_methods_supported: ['S256'],
    authorization_response_iss_parameter_supported: true,
    authorization_details_types_supported: ['openid_credential'],
    require_pushed_authorization_requests: metadata.require_pushed_authorization_requests,
  }))
    assert.deepEqual(metadata[member], value, member);
  for (const member of ['authorization_endpoint', 'token_endpoint', 'pushed_authorization_request_endpoint', 'jwks_uri'])
    assert.ok(String(metadata[member]).startsWith(`${instance.url.origin}/authorization/`), member);
  assert.ok((metadata.dpop_signing_alg_values_supported as string[]).includes('ES256'));
  assert.ok((metadata.scopes_supported as string[]).includes('openid'));
  const openid = (await (await get('/authorization/.well-known/openid-configuration')).json()) as Json;
  assert.deepEqual(openid, metadata, 'one truth at both addresses');
});

test('standards M-6: every key has a name of its own, and nothing private or symmetric is published', async () => {
  const sets = ['/authorization/jwks.json', ...names.map((name) => `/issuers/${name}/jwks.json`), '/wallet/jwks.json'];
  for (const path of sets) {
    const { keys } = (await (await get(path)).json()) as { keys: Json[] };
    assert.ok(keys.length > 0, path);
    const kids = keys.map(({ kid }) => kid);
    assert.ok(kids.every((kid) => typeof kid === 'string' && kid !== '') && new Set(kids).size === kids.length, path);
    for (const key of keys) {
      assert.notEqual(key.kty, 'oct');
      assert.deepEqual(
        ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'].filter((member) => member in key),
        [],
        path,
      );
    }
  }
});

test('quality Q27, R43: every address, method and format the metadata promise is there, and none that a request would be refused for', async () => {
  const metadata = await readServer();
  for (const [member, address] of Object.entries(metadata).filter(([name]) => /_(endpoint|uri)$/.test(name))) {
    const byGet = (await fetch(String(address))).status;
    const byPost = (await fetch(String(address), { method: 'POST' })).status;
    assert.ok(![404, 405, 501].includes(byGet) || ![404, 405, 501].includes(byPost), `${member}: GET ${byGet}, POST ${byPost}`);
  }
  const grants = metadata.grant_types_supported as string[];
  for (const grant of [...grants, 'password', 'implicit', 'client_credentials', 'urn:x']) {
    const form = new URLSearchParams({ grant_type: grant, client_id: 'walk', code: 'x', 'pre-authorized_code': 'x', refresh_token: 'x' });
    const answer = await fetch(String(metadata.token_endpoint), { method: 'POST', body: form });
    const { error } = (await answer.json()) as Json;
    if (grants.includes(grant)) assert.notEqual(error, 'unsupported_grant_type', grant);
    else assert.equal(error, 'unsupported_grant_type', grant);
  }
});
