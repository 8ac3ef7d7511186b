import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ldpVcDocuments } from '../../src/formats/ldp-vc/documents.ts';
import { StartFault } from '../../src/lib/start-fault.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { type Desk, openDesk } from '../support/operators-desk.ts';
import * as w3c from '../support/w3c-documents.ts';

let nodes: IssuerNodes;
let desk: Desk;
const issuer = 'civil';
before(async () => {
  nodes = await openIssuerNodes(1, (options) => ({
    ...options,
    documents: ldpVcDocuments,
    config: options.config.map((each) =>
      each.name === issuer ? { ...each, vcApi: { suite: 'ecdsa-jcs-2019', algorithm: 'ES384' } } : each,
    ),
  }));
  const [opened] = nodes.issuers;
  desk = openDesk(opened ?? assert.fail(), ['issuing-clerk', 'support', 'revocation-officer']);
});
after(() => nodes.close());

test('features B36, design D7: a running issuer issues by the VC API into its database, publishes the key, and verifies it', async () => {
  const { status, body } = await desk('POST', `/issuers/${issuer}/credentials/issue`, { payload: { credential: w3c.credential() } });
  assert.equal(status, 201, JSON.stringify(body));
  const { verifiableCredential } = body as { readonly verifiableCredential: { readonly proof: { readonly verificationMethod: string } } };
  const did = (await (await nodes.ask(`${new URL(identifierOf(issuer)).pathname}/did.json`)).json()) as {
    assertionMethod: readonly string[];
  };
  assert.ok(did.assertionMethod.includes(verifiableCredential.proof.verificationMethod));
  const verified = await desk('POST', `/issuers/${issuer}/credentials/verify`, { payload: { verifiableCredential } });
  assert.deepEqual([verified.status, verified.body.verified], [200, true]);
  const search = { individual_id: 'did:example:alice', registry: 'vc-api' };
  const found = await desk('POST', `/issuers/${issuer}/credentials/search`, { payload: search });
  const [record] = found.body.credentials as readonly Readonly<Record<string, unknown>>[];
  assert.equal(record?.credential_type, 'vc-api', JSON.stringify(found.body));
});

test('features B36: the VC API is off where the settings do not say so, and a suite there is not stops the start', async () => {
  const others = nodes.config.map(({ name }) => name).filter((name) => name !== issuer);
  for (const name of [...others, 'nobody'])
    assert.equal((await desk('POST', `/issuers/${name}/credentials/verify`, { payload: { verifiableCredential: {} } })).status, 404, name);
  const refused = openIssuerNodes(1, (options) => ({
    ...options,
    documents: ldpVcDocuments,
    config: options.config.map((each) => ({ ...each, vcApi: { suite: 'ecdsa-rdfc-2019', algorithm: 'ES256K' } })),
  }));
  await assert.rejects(
    refused,
    (fault: unknown) => fault instanceof StartFault && /vcApi asks for ecdsa-rdfc-2019 ES256K/.test(fault.message),
  );
});
