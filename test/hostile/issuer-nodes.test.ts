import assert from 'node:assert/strict';
import { createDecipheriv, createHash, createHmac, randomUUID, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { calculateJwkThumbprint } from 'jose';
import type { AnySigner, KeyStore, SigningAlgorithm, SigningPurpose } from '../../src/keys/keys.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { makeTestKey, type TestKey } from '../support/issuer-stage.ts';
import { compact } from './token-mutants.ts';

const rounds = 20;
const racers = process.env.CHANCERY_LONG ? 1000 : 100;
const noor = {
  name: 'Noor Canary-Name',
  town: 'Canary-Town',
  tongues: ['canary-tongue', 'canary-second'],
  notes: ['canary-note', 'open-note'],
};

let nodes: IssuerNodes;
let holder: TestKey;
before(async () => {
  // Nothing is put off here: that has tests of its own.
  nodes = await openIssuerNodes(2, (options) => ({
    ...options,
    config: options.config.map((issuer) => ({ ...issuer, deferral: { ...issuer.deferral, whenPending: 'refuse' } })),
  }));
  holder = await makeTestKey();
  nodes.people.set('canary-id-1', { outcome: 'known', claims: noor });
});
after(() => nodes?.close());

interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly error: unknown;
}

async function send(token: string, body: unknown, { node = 0, issuer = 'civil', headers = {} } = {}): Promise<Answer> {
  const init = {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...headers },
  };
  const answer = await nodes.ask(`/issuers/${issuer}/credential`, init, node);
  const text = await answer.text();
  return { status: answer.status, headers: answer.headers, text, error: (JSON.parse(text) as { error?: unknown }).error };
}

const bodyOf = (proof: string) => ({ credential_configuration_id: 'Card', proofs: { jwt: [proof] } });
const freshBody = async () => bodyOf(nodes.proof(holder, await nodes.nonce()));
const rowsIn = async (table: string) =>
  (await administer<{ n: number }>(nodes.target, `select count(*)::integer as n from chancery_issuer.${table}`))[0]?.n ?? 0;
const count = (answers: readonly Answer[], status: number) => answers.filter((answer) => answer.status === status).length;
const payloadOf = ({ text }: Answer) => {
  const [first] = (JSON.parse(text) as { credentials: { credential: string }[] }).credentials;
  return JSON.parse(Buffer.from(first?.credential.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
};

test(`quality Q6, T2 (SU4): ${racers} racers on two nodes send one and the same request, ${rounds} rounds: one issuance, one reply for all`, async () => {
  for (let round = 0; round < rounds; round += 1) {
    const token = await nodes.token('canary-id-1');
    const body = await freshBody();
    const before = await rowsIn('ledger');
    const answers = await Promise.all(Array.from({ length: racers }, (_, node) => send(token, body, { node })));
    assert.equal(count(answers, 200), racers, answers.find(({ status }) => status !== 200)?.text ?? '');
    assert.equal(new Set(answers.map(({ text }) => text)).size, 1, `round ${round}`);
    assert.equal((await rowsIn('ledger')) - before, 1);
  }
});

test(`quality R24, R25, T2 (SU4): ${racers} racers spend one nonce with keys of their own, ${rounds} rounds: one credential each`, async () => {
  const holders = await Promise.all(Array.from({ length: 10 }, () => makeTestKey()));
  for (let round = 0; round < rounds; round += 1) {
    const nonce = await nodes.nonce();
    const before = await rowsIn('ledger');
    const proofs = Array.from({ length: racers }, (_, index) => nodes.proof(holders[index % holders.length] as TestKey, nonce));
    const tokens = await Promise.all(proofs.map(() => nodes.token('canary-id-1')));
    const answers = await Promise.all(proofs.map((proof, node) => send(tokens[node] as string, bodyOf(proof), { node })));
    assert.equal(count(answers, 200), 1, `round ${round}`);
    assert.equal(answers.filter(({ error }) => error === 'invalid_nonce').length, racers - 1);
    assert.equal((await rowsIn('ledger')) - before, 1);
  }
});

test('design D14, quality R21: nonce, token and subject of one issuer are nothing at the other, though both offer the same type', async () => {
  const academy = { issuer: 'academy' };
  const good = await send(
    await nodes.token('canary-id-1', {}, 'academy'),
    bodyOf(nodes.proof(holder, await nodes.nonce('academy'), 'academy')),
    academy,
  );
  assert.equal(good.status, 200, good.text);
  assert.equal(payloadOf(good).iss, identifierOf('academy'));
  const foreignNonce = bodyOf(nodes.proof(holder, await nodes.nonce('civil'), 'academy'));
  assert.equal((await send(await nodes.token('canary-id-1', {}, 'academy'), foreignNonce, academy)).error, 'invalid_nonce');
  const foreignProof = bodyOf(nodes.proof(holder, await nodes.nonce('academy'), 'civil'));
  assert.equal((await send(await nodes.token('canary-id-1', {}, 'academy'), foreignProof, academy)).error, 'invalid_proof');
  const own = bodyOf(nodes.proof(holder, await nodes.nonce('academy'), 'academy'));
  const addressed = await nodes.token('canary-id-1', { aud: identifierOf('civil') }, 'academy');
  assert.equal((await send(addressed, own, academy)).error, 'invalid_token', 'a token for the other');
  // Even a token for both: its reference was sealed to one of them.
  const both = await nodes.token('canary-id-1', { aud: [identifierOf('civil'), identifierOf('academy')] });
  assert.equal((await send(both, own, academy)).error, 'invalid_token', 'the subject of the other');
  const civil = await nodes.keys.signer('credential:civil');
  const theirs = await nodes.keys.signer('credential:academy');
  assert.notEqual(civil.keyId, theirs.keyId);
});

test('quality R51, Q33: pending and unknown are final refusals, an outage is a 503; nothing is written and the nonce stays good', async () => {
  const before = await rowsIn('ledger');
  const token = await nodes.token('canary-id-2');
  const body = await freshBody();
  for (const outcome of ['pending', 'unknown'] as const) {
    nodes.people.set('canary-id-2', { outcome });
    const answer = await send(token, body);
    assert.deepEqual([answer.status, answer.error], [400, 'credential_request_denied'], outcome);
  }
  nodes.people.set('canary-id-2', { outcome: 'unavailable' });
  const away = await send(token, body);
  assert.deepEqual([away.status, away.error, away.headers.get('retry-after')], [503, 'temporarily_unavailable', '30']);
  nodes.people.set('canary-id-2', { outcome: 'known', claims: { town: 'Canary-Town' } });
  assert.equal((await send(token, body)).error, 'credential_request_denied', 'standards VX-2: without the mandatory name');
  nodes.people.set('canary-id-2', { outcome: 'known', claims: { ...noor, town: { _sd: ['forged'] } } });
  assert.equal((await send(token, body)).error, 'credential_request_denied', 'standards SD-5: a digest inside a value');
  assert.equal(await rowsIn('ledger'), before);
  nodes.people.set('canary-id-2', { outcome: 'known', claims: noor });
  const issued = await send(token, body);
  assert.equal(issued.status, 200, issued.text);
  nodes.people.set('canary-id-2', { outcome: 'unavailable' });
  const again = await send(token, body, { node: 1 });
  assert.deepEqual([again.status, again.text], [200, issued.text], 'quality Q6: a retry gets its reply although the registry is away');
});

test('features A22, quality Q6: a retry is the same request only with the same token and proof', async () => {
  const body = await freshBody();
  const token = await nodes.token('canary-id-1');
  const first = await send(token, body);
  assert.equal(first.status, 200);
  assert.equal((await send(await nodes.token('canary-id-1'), body)).error, 'invalid_nonce', 'another token');
  const more = await send(token, { ...body, ignored: 1 });
  assert.deepEqual([more.status, more.text], [200, first.text], 'an unknown member changes nothing');
});

test('quality Q8, standards VX-7: a kept reply opens to who knows the request, not to who holds the database and our secrets', async () => {
  const token = await nodes.token('canary-id-1');
  const body = await freshBody();
  const issued = await send(token, body);
  assert.equal(issued.status, 200);
  const secret = await nodes.keys.secret('reply');
  const rows = await administer<{ key: Buffer; reply: Buffer }>(nodes.target, 'select key, reply from chancery_issuer.issuance');
  const opened = (from: string | Uint8Array): string[] => {
    const key = createHmac('sha256', secret).update(from).digest();
    return rows.flatMap(({ reply }) => {
      try {
        const decipher = createDecipheriv('aes-256-gcm', key, reply.subarray(0, 12)).setAuthTag(reply.subarray(12, 28));
        return [Buffer.concat([decipher.update(reply.subarray(28)), decipher.final()]).toString()];
      } catch {
        return [];
      }
    });
  };
  assert.deepEqual(
    rows.flatMap(({ key }) => opened(key)),
    [],
  );
  const { iss, jti } = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as { iss: string; jti: string };
  const identity = JSON.stringify([`${iss}|${jti}`, JSON.stringify(['Card', 2, 'dc+sd-jwt', { kind: 'jwt', tokens: body.proofs.jwt }])]);
  assert.deepEqual(opened(identity), [issued.text], 'the same attempt with the request itself succeeds');
});

test('quality R18: every 2xx holds exactly one credential of the type, with times that tell no seconds', async () => {
  const answer = await send(await nodes.token('canary-id-1'), await freshBody());
  assert.equal(answer.status, 200);
  assert.match(answer.headers.get('content-type') ?? '', /^application\/json/);
  const reply = JSON.parse(answer.text) as { credentials: Record<string, unknown>[] };
  assert.deepEqual(Object.keys(reply), ['credentials', 'notification_id']);
  assert.deepEqual(
    reply.credentials.map((entry) => Object.keys(entry)),
    [['credential']],
  );
  assert.match(String(reply.credentials[0]?.credential), /^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+~(?:[A-Za-z0-9_-]+~)*$/);
  const { iat, exp, vct, _sd } = payloadOf(answer) as { iat: number; exp: number; vct: string; _sd: string[] };
  assert.deepEqual([iat % 86_400, exp - iat], [0, 30 * 86_400], 'standards VX-6');
  assert.equal(vct, `${identifierOf('civil')}/types/card/v2`);
  assert.deepEqual(_sd, [..._sd].sort(), 'standards SD-6');
});

test('quality T12, R33, R34, features A07: canary values of a person are in no log line and in no column in clear', async () => {
  assert.ok(nodes.lines.length > 100);
  assert.doesNotMatch(nodes.lines.join('\n'), /canary/i);
  assert.doesNotMatch(nodes.lines.join('\n'), /eyJ[A-Za-z0-9_-]{20,}/, 'nor a token');
  const tables = await administer<{ name: string }>(
    nodes.target,
    "select table_name as name from information_schema.tables where table_schema = 'chancery_issuer' and table_type = 'BASE TABLE'",
  );
  assert.ok(tables.length >= 5);
  const seen: string[] = [];
  for (const { name } of tables) {
    const rows = await administer<{ text: string }>(nodes.target, `select row_to_json(t)::text as text from chancery_issuer.${name} t`);
    seen.push(...rows.map(({ text }) => text));
  }
  const all = seen.join('\n');
  // Bytes are shown as hexadecimal: the values are looked for in that spelling, and in base64url, too.
  const spellings = ['Canary', 'canary'].flatMap((text) => [
    text,
    Buffer.from(text).toString('hex'),
    Buffer.from(text).toString('base64url'),
  ]);
  assert.deepEqual(
    spellings.filter((text) => all.includes(text)),
    [],
  );
  assert.ok(seen.length > 50);
});

test('quality R17: a thousand refusals at once, each with a mark of its own: no mark comes back, in no foreign reply and no log', async () => {
  const token = await nodes.token('canary-id-1');
  const marks = Array.from({ length: 1000 }, () => `mark-${randomUUID()}`);
  const answers = await Promise.all(
    marks.map((mark, node) => send(token, { ...bodyOf(mark), credential_configuration_id: mark }, { node })),
  );
  assert.ok(
    answers.every(({ status, error, text }) => status === 400 && error === 'unknown_credential_configuration' && !text.includes('mark-')),
  );
  assert.doesNotMatch(nodes.lines.join('\n'), /mark-/);
});

test('features A17, standards V-29: a token bound to a key is not taken at another node without its proof, nor its proof twice', async () => {
  const dpop = await makeTestKey();
  const token = await nodes.token('canary-id-1', { cnf: { jkt: await calculateJwkThumbprint(dpop.publicJwk) } });
  assert.equal((await send(token, await freshBody())).error, 'invalid_token', 'as a bearer token');
  const asked = await nodes.ask('/issuers/civil/nonce', { method: 'POST' });
  const claims = {
    jti: randomUUID(),
    htm: 'POST',
    htu: `${identifierOf('civil')}/credential`,
    iat: Math.floor(nodes.clock.now().getTime() / 1000),
    ath: createHash('sha256').update(token).digest('base64url'),
    nonce: asked.headers.get('dpop-nonce'),
  };
  const proof = compact({ typ: 'dpop+jwt', alg: 'ES256', jwk: dpop.publicJwk }, claims, dpop.key);
  const headers = { authorization: `DPoP ${token}`, dpop: proof };
  const body = await freshBody();
  const answers = await Promise.all(Array.from({ length: 20 }, (_, node) => send(token, body, { node, headers })));
  assert.equal(count(answers, 200), 1);
  assert.equal(answers.filter(({ error }) => error === 'invalid_dpop_proof').length, 19);
});

test('standards EP-12, V-57, V-58: public documents are open, validated, in the language asked for', async () => {
  const wellKnown = '/.well-known/openid-credential-issuer/issuers/civil';
  const plain = await nodes.ask(wellKnown);
  const metadata = (await plain.json()) as {
    deferred_credential_endpoint?: string;
    credential_issuer: string;
    display: unknown[];
    credential_configurations_supported: object;
  };
  assert.equal(metadata.credential_issuer, identifierOf('civil'), 'standards V-60');
  assert.deepEqual(Object.keys(metadata.credential_configurations_supported), ['Card'], 'neither draft nor retired');
  assert.equal(metadata.deferred_credential_endpoint, undefined, 'nothing here is put off');
  assert.deepEqual([plain.headers.get('vary'), plain.headers.get('content-language')], ['accept, accept-language', null]);
  const arabic = await nodes.ask(wellKnown, { headers: { 'accept-language': 'ar-EG,en;q=0.5' } });
  assert.equal(arabic.headers.get('content-language'), 'ar');
  assert.deepEqual(((await arabic.json()) as typeof metadata).display, [{ name: 'مكتب', locale: 'ar' }]);
  const same = await nodes.ask('/issuers/civil/.well-known/openid-credential-issuer');
  assert.equal(same.headers.get('etag'), plain.headers.get('etag'), 'the appended form is the same document');
  const paths = [
    wellKnown,
    '/.well-known/jwt-vc-issuer/issuers/civil',
    ...['/jwks.json', '/did.json', '/trust-anchor.cer', '/trust-anchor.pem', '/root.crl', '/types/card/v1', '/types/card/v2'].map(
      (path) => `/issuers/civil${path}`,
    ),
  ];
  for (const path of paths) {
    const { status, headers } = await nodes.ask(path);
    assert.equal(status, 200, path);
    assert.equal(headers.get('access-control-allow-origin'), '*', path);
    assert.equal(headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(headers.get('cache-control') ?? '', /^public, max-age=\d+$/, path);
    const etag = headers.get('etag') ?? '';
    for (const validator of [etag, `W/${etag}`, `"other", ${etag}`])
      assert.equal((await nodes.ask(path, { headers: { 'if-none-match': validator } })).status, 304, `${path} ${validator}`);
    assert.equal((await nodes.ask(path, { headers: { 'if-none-match': '"other"' } })).status, 200, path);
  }
  assert.equal((await nodes.ask('/issuers/civil/types/card/v3')).status, 404, 'a draft is nowhere');
  const scope = 'card old next';
  for (const id of ['OldCard', 'Next'])
    assert.equal(
      (await send(await nodes.token('canary-id-1', { scope }), { ...(await freshBody()), credential_configuration_id: id })).error,
      'unknown_credential_configuration',
      id,
    );
});

test('features B04, B03, quality R41: after a rotation old and new keys are in key set and DID document, and the root stays', async () => {
  const read = async (path: string) => (await nodes.ask(`/issuers/civil${path}`)).json();
  const root = new X509Certificate(Buffer.from(await (await nodes.ask('/issuers/civil/trust-anchor.cer')).arrayBuffer()));
  const pem = new X509Certificate(await (await nodes.ask('/issuers/civil/trust-anchor.pem')).text());
  assert.equal(pem.fingerprint256, root.fingerprint256);
  const old = (await nodes.keys.signer('credential:civil')).keyId;
  await nodes.keys.rotate('credential:civil');
  nodes.clock.advance(3600);
  const fresh = (await nodes.keys.signer('credential:civil')).keyId;
  assert.notEqual(fresh, old);
  const { keys } = (await read('/jwks.json')) as { keys: { kid: string; use: string; d?: string; x5c?: string[] }[] };
  const did = (await read('/did.json')) as {
    id: string;
    verificationMethod: { id: string; publicKeyJwk: object }[];
    assertionMethod: string[];
  };
  for (const kid of [old, fresh]) {
    const key = keys.find((entry) => entry.kid === kid);
    const leaf = new X509Certificate(Buffer.from(key?.x5c?.[0] ?? '', 'base64'));
    assert.ok(leaf.verify(root.publicKey) && key?.x5c?.length === 1, 'standards H-22: the chain without its anchor');
    assert.ok(did.verificationMethod.some(({ id }) => id === `${did.id}#${kid}`));
  }
  assert.deepEqual(
    did.assertionMethod,
    did.verificationMethod.map(({ id }) => id),
  );
  assert.ok(keys.some(({ use }) => use === 'enc') && keys.every(({ d }) => d === undefined));
  assert.doesNotMatch(JSON.stringify(did), /"d":|"x5c"/);
  const answer = await send(await nodes.token('canary-id-1'), await freshBody());
  const header = JSON.parse(
    Buffer.from(
      (JSON.parse(answer.text) as { credentials: [{ credential: string }] }).credentials[0].credential.split('.')[0] ?? '',
      'base64url',
    ).toString(),
  ) as { kid: string };
  assert.equal(header.kid, fresh, 'what signs now is published');
});

test('quality R35: a signer that fails leaves no row, and the next request is served from the same places', async (t) => {
  let broken = true;
  const signer = async (keys: KeyStore, purpose: SigningPurpose, algorithm?: SigningAlgorithm): Promise<AnySigner> => {
    const whole = await keys.signer(purpose, algorithm);
    return { ...whole, sign: (data) => (broken ? Promise.reject(new Error('lost')) : whole.sign(data)) };
  };
  const breaking = (keys: KeyStore) =>
    new Proxy(keys, {
      get(target, name) {
        if (name === 'signer') return signer.bind(undefined, target);
        const member: unknown = Reflect.get(target, name);
        return typeof member === 'function' ? member.bind(target) : member;
      },
    });
  const failing = await openIssuerNodes(1, (options) => ({ ...options, keys: breaking(options.keys) }));
  t.after(() => failing.close());
  failing.people.set('canary-id-1', { outcome: 'known', claims: noor });
  const ask = async () => {
    const init = {
      method: 'POST',
      body: JSON.stringify(bodyOf(failing.proof(holder, await failing.nonce()))),
      headers: { 'content-type': 'application/json', authorization: `Bearer ${await failing.token('canary-id-1')}` },
    };
    return (await failing.ask('/issuers/civil/credential', init)).status;
  };
  const count = async () =>
    (await administer<{ n: number }>(failing.target, 'select count(*)::integer as n from chancery_issuer.ledger'))[0]?.n;
  for (let turn = 0; turn < 3; turn += 1) assert.ok((await ask()) >= 500);
  assert.equal(await count(), 0);
  broken = false;
  assert.equal(await ask(), 200);
  const runs = await administer<{ length: number }>(failing.target, 'select length from chancery_issuer.status_lease');
  assert.deepEqual([await count(), runs.length], [1, 1], 'no second run of places was needed');
});

test('design D7: nothing leaves before the commit: a ledger that fails gives no credential', async (t) => {
  const failing = await openIssuerNodes(1, (options) => ({
    ...options,
    ledger: { ...options.ledger, commit: () => Promise.reject(new Error('lost')) },
  }));
  t.after(() => failing.close());
  failing.people.set('canary-id-1', { outcome: 'known', claims: noor });
  const init = {
    method: 'POST',
    body: JSON.stringify(bodyOf(failing.proof(holder, await failing.nonce()))),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${await failing.token('canary-id-1')}` },
  };
  const answer = await failing.ask('/issuers/civil/credential', init);
  const text = await answer.text();
  assert.equal(answer.status, 500);
  assert.deepEqual(Object.keys(JSON.parse(text) as object), ['error', 'error_description']);
  assert.doesNotMatch(text, /~|lost/);
});
