import assert from 'node:assert/strict';
import { createHash, X509Certificate } from 'node:crypto';
import { after, before, test } from 'node:test';
import { decode, encode, rfc8949EncodeOptions, Tagged } from 'cborg';
import { mapEncoder } from 'cborg/taglib';
import { exportJWK, generateKeyPair } from 'jose';
import type { PublicJwk } from '../../src/keys/keys.ts';
import { licence, type MdocOffice, openMdocOffice } from '../support/mdoc-office.ts';

type Item = ReadonlyMap<string, unknown>;
interface Opened {
  readonly issuerAuth: readonly [Uint8Array, ReadonlyMap<number, unknown>, Uint8Array, Uint8Array];
  readonly items: ReadonlyMap<string, readonly Tagged[]>;
  readonly object: ReadonlyMap<string, unknown>;
}

const options = { strict: true, allowIndefinite: false, useMaps: true, rejectDuplicateMapKeys: true, tags: Tagged.preserve(0, 24, 1004) };
const read = <T>(bytes: Uint8Array): T => decode(bytes, options) as T;
const inside = <T>(item: Tagged): T => read<T>(item.value as Uint8Array);

let office: MdocOffice;
let holder: PublicJwk;
before(async () => {
  holder = (await exportJWK((await generateKeyPair('ES256')).publicKey)) as PublicJwk;
  office = await openMdocOffice(holder);
});
after(() => office.close());

function open(credential: string): Opened {
  const whole = read<ReadonlyMap<string, unknown>>(Buffer.from(credential, 'base64url'));
  assert.deepEqual([...whole.keys()].sort(), ['issuerAuth', 'nameSpaces']);
  const issuerAuth = whole.get('issuerAuth') as Opened['issuerAuth'];
  return { issuerAuth, items: whole.get('nameSpaces') as Opened['items'], object: inside(read<Tagged>(issuerAuth[2])) };
}

/** Whether cborg, asked for the deterministic encoding of RFC 8949, writes the very bytes. */
function isDeterministic(bytes: Uint8Array): boolean {
  const untagged = {
    Map: (map: ReadonlyMap<unknown, unknown>, ...rest: readonly unknown[]) =>
      (mapEncoder as (...all: unknown[]) => unknown[])(map, ...rest).slice(1),
  };
  return Buffer.from(encode(read(bytes), { ...rfc8949EncodeOptions, typeEncoders: untagged as never })).equals(bytes);
}

test('standards MD-1, V-40, V-72: unpadded base64url of IssuerSigned and nothing around it', async () => {
  const credential = await office.issue();
  assert.match(credential, /^[A-Za-z0-9_-]+$/);
  open(credential);
});

test('standards MD-8: cborg reads it strictly and writes the same bytes again, from the whole down to each item', async () => {
  const credential = Buffer.from(await office.issue({ status: { uri: 'https://issuer.example/status/1', index: 300 } }), 'base64url');
  const { issuerAuth, items } = open(credential.toString('base64url'));
  assert.ok(isDeterministic(credential));
  assert.ok(
    isDeterministic(issuerAuth[0]) && isDeterministic(issuerAuth[2]) && isDeterministic(read<Tagged>(issuerAuth[2]).value as Uint8Array),
  );
  for (const item of [...items.values()].flat()) assert.ok(isDeterministic(item.value as Uint8Array));
  const unsorted = Buffer.from('a2616201616102', 'hex');
  assert.equal(isDeterministic(unsorted), false, 'the judge itself');
});

test('standards MD-2, MD-5: every item is a tag 24 of four members, its digest over the bytes as sent, its digestID in no order of claims', async () => {
  const orders = new Set<string>();
  for (let round = 0; round < 8; round += 1) {
    const { items, object } = open(await office.issue());
    const digests = object.get('valueDigests') as ReadonlyMap<string, ReadonlyMap<number, Uint8Array>>;
    assert.deepEqual([...items.keys()].sort(), Object.keys(licence.namespaces).sort());
    for (const [namespace, list] of items) {
      const contents = list.map((item) => inside<Item>(item));
      assert.deepEqual([...new Set(contents.flatMap((item) => [...item.keys()]))].sort(), [
        'digestID',
        'elementIdentifier',
        'elementValue',
        'random',
      ]);
      assert.deepEqual(
        contents.map((item) => item.get('digestID')),
        [...(digests.get(namespace) ?? []).keys()],
      );
      for (const [index, item] of list.entries()) {
        const { length } = (contents[index] as Item).get('random') as Uint8Array;
        assert.equal(length, 32);
        // The tag, a head, and the item: as it stands in the credential.
        const sent = encode(item);
        assert.deepEqual(
          createHash('sha256').update(sent).digest(),
          Buffer.from(digests.get(namespace)?.get(contents[index]?.get('digestID') as number) ?? []),
        );
      }
    }
    orders.add((items.get('org.iso.18013.5.1') ?? []).map((item) => inside<Item>(item).get('elementIdentifier')).join());
  }
  assert.equal(orders.size, 8);
});

test('standards MD-3, MD-4, MD-6, MD-7: an untagged COSE_Sign1 with the algorithm alone protected and the signer beside it, the anchor left out', async () => {
  const { issuerAuth, object } = open(await office.issue());
  const [header, beside, , signature] = issuerAuth;
  assert.deepEqual(read(header), new Map([[1, -7]]));
  assert.deepEqual([...beside.keys()], [33]);
  const leaf = new X509Certificate(beside.get(33) as Uint8Array);
  assert.ok(leaf.verify(new X509Certificate(office.root).publicKey) && !leaf.ca);
  assert.equal(signature.length, 64);
  const validity = object.get('validityInfo') as ReadonlyMap<string, Tagged>;
  assert.deepEqual([...validity.keys()], ['signed', 'validFrom', 'validUntil']);
  for (const moment of validity.values()) {
    assert.equal(moment.tag, 0);
    assert.match(moment.value, /^\d{4}-\d\d-\d\dT00:00:00Z$/);
  }
  assert.ok(
    new Date(validity.get('validUntil')?.value) <= leaf.validToDate && new Date(validity.get('signed')?.value) >= leaf.validFromDate,
  );
  const far = new Date('2099-01-01T00:00:00Z');
  const cut = open(await office.issue({ expiresAt: far })).object.get('validityInfo') as ReadonlyMap<string, Tagged>;
  assert.equal(new Date(cut.get('validUntil')?.value).getTime(), leaf.validToDate.getTime(), 'no longer than its signer');
});

test('standards MD-11, TSL-4: the status is a status_list of index and address and nothing else, or is not there', async () => {
  const uri = 'https://issuer.example/issuers/one/status/1';
  const { object } = open(await office.issue({ status: { uri, index: 131_071 } }));
  assert.deepEqual(
    object.get('status'),
    new Map([
      [
        'status_list',
        new Map<string, unknown>([
          ['idx', 131_071],
          ['uri', uri],
        ]),
      ],
    ]),
  );
  assert.equal(open(await office.issue()).object.has('status'), false);
});

test('standards VX-6, MD-2: two copies for one holder share no random and no digest', async () => {
  const [first, second] = [open(await office.issue()), open(await office.issue())];
  const seen = (opened: Opened) =>
    [...opened.items.values()].flat().flatMap((item) => {
      const random = inside<Item>(item).get('random') as Uint8Array;
      return [Buffer.from(random).toString('hex'), createHash('sha256').update(encode(item)).digest('hex')];
    });
  const all = [...seen(first), ...seen(second)];
  assert.equal(new Set(all).size, all.length);
  assert.deepEqual(first.object.get('validityInfo'), second.object.get('validityInfo'), 'no second tells one from the other');
});
