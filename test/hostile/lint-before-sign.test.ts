import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { sdJwtVc } from '../../src/formats/sd-jwt-vc/sd-jwt-vc.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey } from '../support/issuer-stage.ts';

let nodes: IssuerNodes;
let sound = true;
const rule = { id: 'test/never', clause: 'none', holds: () => sound };

before(async () => {
  const format = { ...sdJwtVc, lints: [...(sdJwtVc.lints ?? []), rule] };
  nodes = await openIssuerNodes(1, (options) => ({ ...options, formats: [format] as never }));
  nodes.people.set('canary-id', { outcome: 'known', claims: { name: 'Canary-Name', town: 'Canary-Town', tongues: [], notes: [] } });
});
after(() => nodes?.close());

async function ask(token: string, body: object) {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const answer = await nodes.ask('/issuers/civil/credential', { method: 'POST', headers, body: JSON.stringify(body) });
  return { status: answer.status, body: (await answer.json()) as { error?: string; credentials?: { credential: string }[] } };
}

test('quality Q20, T18: what breaks a rule is not signed: no row is written and no nonce spent, and the rule is named to us alone', async () => {
  const holder = await makeTestKey();
  const body = { credential_configuration_id: 'Card', proofs: { jwt: [nodes.proof(holder, await nodes.nonce())] } };
  const token = await nodes.token('canary-id');
  sound = false;
  const refused = await ask(token, body);
  assert.deepEqual([refused.status, refused.body.error], [400, 'credential_request_denied']);
  assert.doesNotMatch(JSON.stringify(refused.body), /test\/never|Canary/);
  const [rows] = await administer<Record<string, number>>(
    nodes.target,
    `select (select count(*)::integer from chancery_issuer.ledger) as ledger, (select count(*)::integer from chancery_issuer.issuance) as issuance,
      (select count(*)::integer from chancery_issuer.handle) as handle`,
  );
  assert.deepEqual(rows, { ledger: 0, issuance: 0, handle: 0 });
  const [event] = await administer<{ event: Record<string, string> }>(
    nodes.target,
    `select event from chancery_issuer.audit where event->>'action' = 'issue'`,
  );
  assert.deepEqual([event?.event.outcome, event?.event.lint], ['credential_request_denied', 'test/never']);
  assert.match(nodes.lines.join('\n'), /LintFault test\/never/);
  assert.doesNotMatch(nodes.lines.join('\n'), /Canary/);
  sound = true;
  const issued = await ask(token, body);
  assert.equal(issued.status, 200, 'the same request, its nonce unspent');
});
