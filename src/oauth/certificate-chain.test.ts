import assert from 'node:assert/strict';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { type Certified, certify, criticalExtension, KeyUsageFlags } from '../../test/support/certificates.ts';
import { movableClock } from '../lib/clock.ts';
import { createChainVerifier, readAnchor } from './certificate-chain.ts';
import { JwsFault } from './jws.ts';

const clock = movableClock(new Date());
const [rootKey, middleKey, leafKey, strangeKey] = Array.from(
  { length: 4 },
  () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey,
) as [
  ReturnType<typeof createPublicKey>,
  ReturnType<typeof createPublicKey>,
  ReturnType<typeof createPublicKey>,
  ReturnType<typeof createPublicKey>,
];
const root = await certify('Root', rootKey, undefined, { authority: { pathLength: 1 } });
const middle = await certify('Middle', middleKey, root, { authority: { pathLength: 0 } });
const leaf = await certify('Leaf', leafKey, middle);
const anchorOf = ({ certificate }: Certified) => readAnchor(new Uint8Array(certificate.rawData)) ?? assert.fail('no anchor');
const verifier = createChainVerifier([anchorOf(root)], clock);
const chain = (...certificates: readonly Certified[]) => certificates.map(({ text }) => text);
const refused = (x5c: unknown, reason: RegExp, by = verifier) =>
  assert.throws(
    () => by.verify(x5c),
    (fault) => fault instanceof JwsFault && reason.test(fault.message),
    String(reason),
  );

test('standards H-18, quality R80: a chain below a configured root gives the key of its leaf, and the root does not ride along', async () => {
  assert.ok(verifier.verify(chain(leaf, middle)).equals(createPublicKey(leafKey)));
  assert.ok(verifier.verify(chain(leaf, middle)).equals(createPublicKey(leafKey)), 'remembered');
  const short = await certify('Short', leafKey, root);
  assert.ok(verifier.verify(chain(short)).equals(createPublicKey(leafKey)));
  refused(chain(leaf, middle, root), /anchor or a self-signed/);
  refused(chain(root), /anchor or a self-signed/);
  const again = await certify('Root again', rootKey, await certify('Cross', strangeKey, undefined, { authority: {} }), { authority: {} });
  refused(chain(leaf, middle, again), /anchor or a self-signed/);
});

test('quality R80: a foreign root, a gap, a wrong order and a stranger under the name of our root are refused', async () => {
  const foreign = await certify('Root', strangeKey, undefined, { authority: {} });
  const below = await certify('Leaf', leafKey, foreign);
  refused(chain(below), /no trust anchor/);
  refused(chain(below, foreign), /self-signed/);
  refused(chain(leaf), /no trust anchor/);
  refused(chain(middle, leaf), /no trust anchor|gap/);
  refused(chain(leaf, below, middle), /gap/);
  refused(chain(leaf, leaf, middle), /gap/);
});

test('RFC 5280 §6: who may not certify does not; path lengths, usages, times, weak hashes and unknown critical extensions count', async () => {
  const notAuthority = await certify('Middle', middleKey, root, { usages: KeyUsageFlags.keyCertSign });
  refused(chain(leaf, notAuthority), /may not certify/);
  const noUsage = await certify('Middle', middleKey, root, { authority: {}, usages: KeyUsageFlags.cRLSign });
  refused(chain(leaf, noUsage), /may not certify|gap/);
  const second = await certify('Second', strangeKey, middle, { authority: {} });
  refused(chain(await certify('Leaf', leafKey, second), second, middle), /may not certify/);
  refused(chain(await certify('Leaf', leafKey, root, { usages: KeyUsageFlags.keyEncipherment })), /may not sign/);
  const critical = criticalExtension('2.5.29.30', Buffer.from('3000', 'hex'));
  refused(chain(await certify('Leaf', leafKey, root, { extensions: [critical] })), /do not know/);
  refused(chain(await certify('Leaf', leafKey, root, { hash: 'SHA-1' })), /too weak/);
  refused(chain(await certify('Leaf', leafKey, root, { until: new Date(Date.now() - 1000) })), /not in force/);
  refused(chain(await certify('Leaf', leafKey, root, { from: new Date(Date.now() + 60_000) })), /not in force/);
  const soon = chain(await certify('Leaf', leafKey, root, { until: new Date(Date.now() + 60_000) }));
  const later = movableClock(new Date());
  const waiting = createChainVerifier([anchorOf(root)], later);
  assert.ok(waiting.verify(soon));
  later.advance(120);
  refused(soon, /not in force/, waiting);
});

test('quality Q22: what is no list of certificates in plain base64 is refused', () => {
  const [text = '', above = ''] = chain(leaf, middle);
  for (const x5c of [
    undefined,
    null,
    text,
    [],
    [text, ...Array.from({ length: 9 }, () => above)],
    [7],
    [''],
    [`${text}\n`],
    ['AA=='],
    [`${text}AAAA`],
  ])
    refused(x5c, /x5c/);
  refused([Buffer.from(text, 'base64').toString('base64url'), above], /base64/);
  refused([Buffer.concat([Buffer.from(text, 'base64'), Buffer.alloc(3)]).toString('base64'), above], /x5c/);
});

test('a root that may not certify is no anchor', async () => {
  const plain = await certify('Leaf', leafKey, undefined);
  assert.equal(readAnchor(new Uint8Array(plain.certificate.rawData)), undefined);
});
