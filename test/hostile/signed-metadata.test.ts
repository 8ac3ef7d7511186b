import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { jwtVerify } from 'jose';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';

let nodes: IssuerNodes;
before(async () => {
  nodes = await openIssuerNodes(1);
});
after(() => nodes?.close());

const ask = (accept: string, language = '') =>
  nodes.ask('/.well-known/openid-credential-issuer/issuers/civil', {
    headers: { accept, ...(language ? { 'accept-language': language } : {}) },
  });

test('features B31, standards V-59, H-11: signed metadata hold every member, by a key whose certificate leads to the root', async () => {
  const answer = await ask('application/jwt');
  assert.equal(answer.headers.get('content-type'), 'application/jwt');
  const jwt = await answer.text();
  const root = new X509Certificate(await nodes.keys.trustAnchor('civil'));
  const { payload, protectedHeader } = await jwtVerify(
    jwt,
    ({ x5c }) => {
      const [leaf, ...more] = (x5c ?? []).map((der) => new X509Certificate(Buffer.from(der, 'base64')));
      assert.ok(leaf);
      assert.ok(leaf.verify(root.publicKey));
      assert.ok(more.length === 0 && leaf.issuer !== leaf.subject, 'the anchor is left out');
      return leaf.publicKey;
    },
    {
      typ: 'openidvci-issuer-metadata+jwt',
      subject: identifierOf('civil'),
      issuer: identifierOf('civil'),
      algorithms: ['ES256'],
      currentDate: nodes.clock.now(),
    },
  );
  assert.ok(protectedHeader.kid);
  const { iss: _, sub: __, iat, ...members } = payload;
  assert.equal(typeof iat, 'number');
  assert.deepEqual(members, await (await ask('application/json')).json());
});

test('standards V-57, V-58: plain JSON is what everybody gets who does not ask for more; signed once for many, in each language', async () => {
  for (const accept of [
    '*/*',
    'application/json',
    'application/json, application/jwt',
    'application/jwt;q=0, */*',
    'application/jwt;q=0.2, application/json;q=0.9',
    'text/html',
  ])
    assert.match((await ask(accept)).headers.get('content-type') ?? '', /^application\/json/, accept);
  const [one, two] = [await (await ask('application/jwt')).text(), await (await ask('application/jwt')).text()];
  assert.equal(one, two);
  const arabic = await ask('application/jwt, application/json;q=0.5', 'ar');
  assert.deepEqual([arabic.headers.get('content-language'), arabic.headers.get('content-type')], ['ar', 'application/jwt']);
  assert.notEqual(await arabic.text(), one);
});

test('features B31, B70: after the key was rotated the signature is of the new one', async () => {
  const before = await (await ask('application/jwt')).text();
  await nodes.keys.rotate('metadata:civil');
  nodes.clock.advance(120);
  const afterwards = await (await ask('application/jwt')).text();
  assert.notEqual(before.split('.')[0], afterwards.split('.')[0]);
});
