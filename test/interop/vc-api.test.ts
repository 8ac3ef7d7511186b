import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { IssuerConfig } from '../../src/config-schema.ts';
import { ldpVcDocuments } from '../../src/formats/ldp-vc/documents.ts';
import { suites } from '../../src/formats/ldp-vc/suites.ts';
import { didWebOf, keyDocuments } from '../../src/issuer/key-documents.ts';
import type { DocumentIssuer } from '../../src/issuer/vc-api/issue-document.ts';
import { mountVcApi } from '../../src/issuer/vc-api/vc-api.ts';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import type { KeyStore } from '../../src/keys/keys.ts';
import { movableClock } from '../../src/lib/clock.ts';
import type { Json, JsonObject } from '../../src/lib/json.ts';
import type { OperatorRole } from '../../src/operation.ts';
import type { Issuance, Ledger } from '../../src/store/ledger.ts';
import type { StatusLists } from '../../src/store/status-lists.ts';
import { documentLoader, type SuiteName, verifyDataIntegrity } from '../support/judge-data-integrity.ts';
import { verifyByDigitalBazaar } from '../support/judge-selective.ts';
import { openTestOperators } from '../support/operator-server.ts';
import * as w3c from '../support/w3c-documents.ts';

const identifier = 'https://issuer.example/issuers/one';
const issuerDid = didWebOf(identifier);
const config = { name: 'one', identifier } as IssuerConfig;
const clock = movableClock(new Date('2026-06-01T12:00:00Z'));
const committed: Issuance[] = [];
let ledgerIsDown = false;
const ledger = {
  async commit(issuance: Issuance) {
    if (ledgerIsDown) throw new Error('no database');
    committed.push(issuance);
    return { outcome: 'committed' };
  },
} as unknown as Ledger;
const statusLists = {
  find: async (_issuer: string, name: string) => (name === 'a'.repeat(22) ? { size: 100, version: 1 } : undefined),
  changes: async () => [
    { index: 7, status: 'invalid' },
    { index: 8, status: 'suspended' },
  ],
} as unknown as StatusLists;
const ownContext = { '@context': { Member: 'https://issuer.example/terms#Member', since: 'https://issuer.example/terms#since' } };
const contexts = new Map<string, JsonObject>([
  [w3c.ownContext, ownContext],
  [w3c.nameContext, { '@context': { name: 'https://schema.org/name' } }],
]);

let folder = '';
let keys: KeyStore;
let didDocument: JsonObject;
const servers = new Map<string, FastifyInstance>();

async function serverOf(suite: string, algorithm: string, roles: readonly OperatorRole[]): Promise<FastifyInstance> {
  const name = [suite, algorithm, ...roles].join();
  const known = servers.get(name);
  if (known) return known;
  const choice = { suite, algorithm };
  const found = ldpVcDocuments.findAlgorithm(choice) ?? assert.fail();
  const issuer: DocumentIssuer = {
    config,
    choice,
    algorithm: found,
    documents: ldpVcDocuments,
    contexts: () => contexts,
    keyNames: () => [],
    keys,
    ledger,
    statusLists,
    clock,
  };
  const server = await openTestOperators({ id: 'clerk-7', roles, mounts: [(inner) => mountVcApi(inner, [issuer])] });
  servers.set(name, server);
  return server;
}

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'chancery-vc-api-'));
  const issuers = { one: { commonName: 'Office', organisation: 'Office', country: 'XO', identifier } };
  keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock, issuers });
  for (const algorithm of ['EdDSA', 'ES384'] as const) await keys.signer('credential:one', algorithm);
  const documents = keyDocuments({ config, keys, keyNames: () => [], clock });
  const did = documents.find(({ path }) => path === '/did.json') ?? assert.fail();
  didDocument = JSON.parse(Buffer.from(await did.read()).toString()) as JsonObject;
});
after(async () => {
  for (const server of servers.values()) await server.close();
  await rm(folder, { recursive: true, force: true });
});

interface Answer {
  readonly status: number;
  readonly body: JsonObject;
}
const clerk: readonly OperatorRole[] = ['issuing-clerk', 'support'];

async function post(
  path: string,
  payload: object,
  [suite, algorithm]: readonly string[] = ['eddsa-rdfc-2022', 'EdDSA'],
  roles = clerk,
): Promise<Answer> {
  const server = await serverOf(suite as string, algorithm as string, roles);
  const answer = await server.inject({ method: 'POST', url: `/issuers/one${path}`, headers: { authorization: 'Bearer key' }, payload });
  return { status: answer.statusCode, body: answer.json() as JsonObject };
}
const issue = (credential: JsonObject, by?: readonly string[], options: JsonObject = {}) =>
  post('/credentials/issue', { credential, options }, by);
const verify = (verifiableCredential: JsonObject, options: JsonObject = {}) =>
  post('/credentials/verify', { verifiableCredential, options });
const verifyVp = (verifiablePresentation: JsonObject, options: JsonObject = {}) =>
  post('/presentations/verify', { verifiablePresentation, options });
async function issued(credential: JsonObject, by?: readonly string[], options?: JsonObject): Promise<JsonObject> {
  const { status, body } = await issue(credential, by, options);
  assert.equal(status, 201, JSON.stringify(body));
  return body.verifiableCredential as JsonObject;
}
const titles = ({ body }: Answer) => (body.problemDetails as readonly JsonObject[]).map(({ title }) => title);

for (const { name, algorithm, selective } of suites)
  test(`features B36, B40, standards DI-1, DI-8: ${name} by ${algorithm}: issued by the VC API, verified by @digitalbazaar and here, and no changed one`, async () => {
    const by = [name, algorithm];
    for (const credential of [w3c.credential(), w3c.olderCredential()]) {
      const secured = await issued(credential, by);
      w3c.assertProof(secured, { name, issuerDid });
      const shown = selective
        ? (
            await post(
              '/credentials/derive',
              { verifiableCredential: secured, options: { selectivePointers: ['/credentialSubject/name'] } },
              by,
            )
          ).body
        : secured;
      const loader = documentLoader(didDocument, contexts);
      if (selective) await verifyByDigitalBazaar(shown, loader);
      else await verifyDataIntegrity(shown, name as SuiteName, loader);
      const good = await verify(shown, { returnCredential: true });
      assert.deepEqual(good, { status: 200, body: { verified: true, verifiableCredential: shown, problemDetails: [] } });
      for (const [what, spoilt] of w3c.spoiltProofs(shown)) {
        const { status, body } = await verify(spoilt);
        assert.deepEqual([status, body.verified], [400, false], `${what}: ${JSON.stringify(body)}`);
      }
      const other = name === 'ecdsa-rdfc-2019' ? 'ecdsa-jcs-2019' : 'ecdsa-rdfc-2019';
      if (name !== 'Ed25519Signature2020')
        assert.equal((await verify({ ...shown, proof: { ...(shown.proof as JsonObject), cryptosuite: other } })).status, 400);
    }
  });

test('features B36, standards LD-1, LD-2, LD-3, LD-4, LD-5: what the data model allows is issued, verified, and said back as it was', async () => {
  for (const [what, credential] of w3c.accepted) {
    const { status, body } = await issue(credential);
    assert.equal(status, 201, `${what}: ${JSON.stringify(body)}`);
    const { proof: _, ...said } = body.verifiableCredential as JsonObject;
    const issuer = credential.issuer ?? issuerDid;
    assert.deepEqual(said, { ...credential, issuer: w3c.withId(issuer, issuerDid) }, what);
  }
});

test('features B36, standards LD-1, LD-2, LD-3, LD-4, LD-5, LD-8: what the data model refuses is not issued, and nothing is written', async () => {
  const before = committed.length;
  for (const [what, credential] of w3c.refused) {
    const { status, body } = await issue(credential);
    assert.deepEqual([status, body.error], [400, 'invalid_request'], `${what}: ${JSON.stringify(body)}`);
  }
  assert.equal(committed.length, before);
});

test('features B36, standards LD-8: the same faults are found by the verifier', async () => {
  const good = await issued(w3c.credential());
  for (const [what, credential] of w3c.refused) {
    const { status, body } = await verify({ ...credential, issuer: issuerDid, ...credential, proof: good.proof as Json });
    assert.deepEqual([status, body.verified], [400, false], what);
  }
});

test('features B36, design D7: an issuance is recorded before it leaves: who, what, of whom, and never the credential', async () => {
  const secured = await issued(w3c.credential());
  const record = committed.at(-1) ?? assert.fail();
  assert.deepEqual([record.issuer, record.credentialType, record.entries.length], [identifier, 'vc-api', 1]);
  assert.deepEqual(
    [record.audit.actor, record.audit.action, record.audit.object, record.audit.outcome],
    ['clerk-7', 'issue', 'vc-api/eddsa-rdfc-2022', 'issued'],
  );
  const written = JSON.stringify({ ...record, reply: Buffer.from(record.reply).toString('latin1') });
  for (const secret of ['did:example:alice', 'Alice', String((secured.proof as JsonObject).proofValue)])
    assert.ok(!written.includes(secret), secret);
  ledgerIsDown = true;
  try {
    const { status, body } = await issue(w3c.credential());
    assert.ok(status >= 500 && !JSON.stringify(body).includes('proofValue'), JSON.stringify(body));
  } finally {
    ledgerIsDown = false;
  }
});

test('features B36: another issuer, a place in our own lists, a proof that is there, and unknown options are refused', async () => {
  const own = {
    type: 'BitstringStatusListEntry',
    statusPurpose: 'revocation',
    statusListIndex: '7',
    statusListCredential: `${identifier}/status-lists/${'a'.repeat(22)}/x`,
  };
  for (const credential of [
    { ...w3c.credential(), issuer: 'did:example:somebody' },
    { ...w3c.credential(), credentialStatus: own },
    { ...w3c.credential(), proof: { type: 'DataIntegrityProof' } },
  ])
    assert.equal((await issue(credential)).status, 400);
  assert.equal((await issue(w3c.credential(), undefined, { surprise: 1 })).status, 400);
  assert.equal((await issue(w3c.credential(), undefined, { mandatoryPointers: ['/issuer'] })).status, 400, 'not a suite that can be cut');
  assert.equal((await post('/credentials/issue', { credential: 'text' })).status, 400);
});

test('quality Q16, features B36: each route asks for its role', async () => {
  const secured = await issued(w3c.credential());
  const by = ['eddsa-rdfc-2022', 'EdDSA'];
  for (const [path, body, role] of [
    ['/credentials/issue', { credential: w3c.credential() }, 'auditor'],
    ['/credentials/verify', { verifiableCredential: secured }, 'issuing-clerk'],
    ['/presentations/verify', { presentation: w3c.presentation() }, 'type-designer'],
    ['/credentials/derive', { verifiableCredential: secured, options: { selectivePointers: [] } }, 'auditor'],
  ] as const)
    assert.equal((await post(path, body, by, [role])).status, 403, path);
  assert.equal((await post('/credentials/verify', { verifiableCredential: secured }, by, ['auditor'])).status, 200);
});

test('features B36, B43, standards DI-5: mandatory pointers are taken, defaults are set, and what they do not lead to is refused', async () => {
  const by = ['ecdsa-sd-2023', 'ES256'];
  const secured = await issued(w3c.credential(), by, { mandatoryPointers: ['/credentialSubject/name'] });
  const derive = (selectivePointers: readonly string[], verifiableCredential = secured) =>
    post('/credentials/derive', { verifiableCredential, options: { selectivePointers } }, by);
  const { status, body } = await derive([]);
  assert.deepEqual([status, body.issuer, body.credentialSubject], [201, issuerDid, { id: 'did:example:alice', name: 'Alice' }]);
  assert.equal((await verify(body)).status, 200);
  assert.equal((await verify(secured)).status, 400, 'a base proof is for the holder alone');
  assert.deepEqual((await derive([], await issued(w3c.credential(), by))).body.credentialSubject, { id: 'did:example:alice' });
  assert.equal((await derive(['/nothing'])).status, 400);
  assert.equal((await derive(['/issuer'], await issued(w3c.credential()))).status, 400, 'not of a suite that can be cut');
  assert.equal((await derive([], body)).status, 400, 'derived once already');
  assert.equal((await issue(w3c.credential(), by, { mandatoryPointers: ['/nothing'] })).status, 400);
});

test('features B36, standards BSL-1: a credential outside its time or revoked in our list is not verified', async () => {
  const own = (index: number, statusPurpose: string, list = 'a'.repeat(22)) => ({
    type: 'BitstringStatusListEntry',
    statusPurpose,
    statusListIndex: String(index),
    statusListCredential: `${identifier}/status-lists/${list}/eddsa-rdfc-2022/${statusPurpose}`,
  });
  const signer = await keys.signer('credential:one', 'EdDSA');
  const secure = (more: JsonObject) =>
    ldpVcDocuments.secure(
      { suite: 'eddsa-rdfc-2022' },
      { credential: { ...w3c.credential(), issuer: issuerDid, ...more }, issuerDid, at: clock.now(), signer, contexts },
    );
  for (const [more, title] of [
    [{ validFrom: '2026-05-01T00:00:00Z', validUntil: '2026-07-01T00:00:00+02:00', credentialStatus: own(6, 'revocation') }, undefined],
    [{ credentialStatus: [own(7, 'suspension'), own(8, 'revocation')] }, undefined],
    [{ validFrom: '2026-07-01T00:00:00Z' }, 'RANGE_ERROR'],
    [{ validUntil: '2026-05-01T00:00:00Z' }, 'RANGE_ERROR'],
    [{ credentialStatus: own(7, 'revocation') }, 'STATUS_VERIFICATION_ERROR'],
    [{ credentialStatus: [own(1, 'revocation'), own(8, 'suspension')] }, 'STATUS_VERIFICATION_ERROR'],
    [{ credentialStatus: own(100, 'revocation') }, 'STATUS_VERIFICATION_ERROR'],
    [{ credentialStatus: own(1, 'revocation', 'b'.repeat(22)) }, 'STATUS_VERIFICATION_ERROR'],
  ] as const) {
    const answer = await verify(await secure(more));
    assert.deepEqual([answer.status, titles(answer)], title === undefined ? [200, []] : [400, [title]], JSON.stringify(more));
  }
});

test('features B36, standards LD-8, DI-8: presentations are judged with their proofs, challenges, domains and every credential in them', async () => {
  const holder = w3c.makeHolder();
  const secured = await issued(w3c.credential());
  const options = { challenge: 'abc', domain: 'verifier.example' };
  const present = (more: JsonObject = {}, proof: JsonObject = {}) =>
    w3c.presentSigned(
      holder,
      { ...w3c.presentation(), holder: holder.did, verifiableCredential: [secured], ...more },
      { ...options, ...proof },
    );
  const good = await verifyVp(await present(), { ...options, returnPresentation: true });
  assert.deepEqual([good.status, good.body.verified, good.body.problemDetails], [200, true, []]);
  assert.equal((good.body.verifiablePresentation as JsonObject).holder, holder.did);
  const forged = { ...secured, credentialSubject: { id: 'did:example:eve' } };
  const selfAsserted = { ...w3c.credential(), issuer: holder.did };
  for (const [what, presentation, asked, outcome] of [
    ['no challenge asked', await present(), {}, []],
    ['several credentials', await present({ verifiableCredential: [secured, secured] }), options, []],
    ['said by the holder', await present({ verifiableCredential: selfAsserted }), options, []],
    ['another challenge', await present(), { ...options, challenge: 'def' }, ['INVALID_CHALLENGE_ERROR']],
    ['another domain', await present(), { ...options, domain: 'other.example' }, ['INVALID_DOMAIN_ERROR']],
    ['another purpose', await present({}, { proofPurpose: 'assertionMethod' }), options, ['PROOF_VERIFICATION_ERROR']],
    ['another holder', await present({ holder: 'did:example:eve' }), options, ['PROOF_VERIFICATION_ERROR']],
    ['changed', { ...(await present()), id: 'urn:uuid:1' }, options, ['PROOF_VERIFICATION_ERROR']],
    ['a forged credential', await present({ verifiableCredential: [secured, forged] }), options, ['PROOF_VERIFICATION_ERROR']],
    [
      'said by nobody',
      await present({ verifiableCredential: { ...w3c.credential(), issuer: issuerDid } }),
      options,
      ['PROOF_VERIFICATION_ERROR'],
    ],
    [
      'said by another',
      await present({ verifiableCredential: { ...selfAsserted, issuer: 'did:example:eve' } }),
      options,
      ['PROOF_VERIFICATION_ERROR'],
    ],
  ] as const) {
    const answer = await verifyVp(presentation, asked);
    const said = outcome.length === 0 ? true : 'no';
    assert.deepEqual([answer.status, titles(answer)], [200, outcome], `${what}: ${JSON.stringify(answer.body)}`);
    assert.equal(answer.body.verified, said === true, what);
  }
  const signed = await present();
  for (const [what, spoilt] of w3c.spoiltPresentations(signed)) assert.equal((await verifyVp(spoilt, options)).status, 400, what);
  const { proof: _, ...bare } = signed;
  assert.equal((await verifyVp(bare)).status, 400, 'a verifiablePresentation has a proof');
  const without = await post('/presentations/verify', { presentation: bare });
  assert.deepEqual([without.status, without.body.verified], [200, true]);
  assert.equal((await post('/presentations/verify', { presentation: signed })).status, 400);
});
