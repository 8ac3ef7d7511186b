import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { getListFromStatusListJWT } from '@sd-jwt/jwt-status-list';
import { createStatusAllocator } from '../../src/issuer/status/status-allocator.ts';
import type { KeyStore, SigningAlgorithm, SigningPurpose } from '../../src/keys/keys.ts';
import { randomHandle, sha256 } from '../../src/lib/bytes.ts';
import { placeOf } from '../../src/store/postgres/bucket.ts';
import type { ServiceDatabase } from '../../src/store/postgres/postgres.ts';
import * as statements from '../../src/store/postgres/status-statements.ts';
import type { StatusLists } from '../../src/store/status-lists.ts';
import { administer } from '../support/database.ts';
import { type IssuerNodes, identifierOf, openIssuerNodes } from '../support/issuer-nodes.ts';
import { withStatusTypes } from '../support/status-types.ts';

const issuer = identifierOf('civil');
let nodes: IssuerNodes;
/** How many signatures the issuers' keys have made. */
let signed = 0;

/** The same keys, with every signature counted. */
function counting(keys: KeyStore): KeyStore {
  const counted: Omit<KeyStore, 'signer' | 'published'> & Record<'signer' | 'published', unknown> = {
    async signer(purpose: SigningPurpose, algorithm?: SigningAlgorithm) {
      const signer = await keys.signer(purpose, algorithm);
      return {
        ...signer,
        sign(data: Uint8Array) {
          signed += 1;
          return signer.sign(data);
        },
      };
    },
    decrypters: (purpose) => keys.decrypters(purpose),
    secret: (purpose) => keys.secret(purpose),
    published: (purpose: SigningPurpose) => keys.published(purpose),
    trustAnchor: (name) => keys.trustAnchor(name),
    revocationList: (name) => keys.revocationList(name),
    rotate: (purpose) => keys.rotate(purpose),
  };
  return counted as KeyStore;
}

before(async () => {
  const withTypes = await withStatusTypes();
  nodes = await openIssuerNodes(2, (options) => withTypes({ ...options, keys: counting(options.keys) }));
});
after(() => nodes?.close());

const listsOf = (node: number): StatusLists => (nodes.databases[node] as ServiceDatabase).statusLists;

/** A list of which so many places are taken, as if they had been issued. */
async function fill(count: number): Promise<{ readonly list: string; readonly ids: readonly string[] }> {
  const { list } = await listsOf(0).lease({
    issuer,
    owner: randomHandle(),
    length: 256,
    until: new Date(nodes.clock.now().getTime() + 60_000),
  });
  const ids = Array.from({ length: count }, () => randomHandle());
  await administer(
    nodes.target,
    `insert into chancery_issuer.ledger
        (bucket, credential_id, issuer, credential_type, credential_type_version, digest, issued_at, status_list, status_index)
      select bucket, id, $3, 'Card', 1, '\\x00', now(), $4, row_number() over () - 1 from unnest($1::smallint[], $2::text[]) as t (bucket, id)`,
    [ids.map((id) => placeOf('credential', id).bucket), ids, issuer, list],
  );
  return { list, ids };
}

const read = (list: string, below = '', node = 0) => nodes.ask(`/issuers/civil/status-lists/${list}${below}`, {}, node);

test('features B62, quality R38, performance L-23: ten thousand changes at once are in every rendering at each node five seconds later, for one signature each', async () => {
  const { list, ids } = await fill(10_000);
  const below = ['', '/eddsa-rdfc-2022/revocation', '/jwt-es256/revocation'];
  const everywhere = [0, 1].flatMap((node) => below.map((path) => ({ node, path })));
  for (const { node, path } of everywhere) assert.equal((await read(list, path, node)).status, 200);
  const parts = Array.from({ length: 10 }, (_, part) => ids.slice(part * 1000, (part + 1) * 1000));
  signed = 0;
  await Promise.all(parts.map((part, index) => listsOf(index % 2).set(issuer, part, 'invalid', { actor: 'operator', request: 'r' })));
  nodes.clock.advance(5);
  // Many ask at once, and ask again.
  for (let round = 0; round < 3; round += 1) {
    const answers = await Promise.all(everywhere.flatMap((place) => Array.from({ length: 20 }, () => read(list, place.path, place.node))));
    assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
  }
  assert.equal(signed, everywhere.length);
  for (const node of [0, 1]) {
    const token = getListFromStatusListJWT(await (await read(list, '', node)).text());
    assert.equal(Array.from({ length: 131_072 }, (_, index) => token.getStatus(index)).filter((status) => status === 1).length, 10_000);
  }
});

test('quality R36, features B63: the next list is prepared before the last place of this one is given away', async () => {
  const secret = sha256('permutation');
  let held: PromiseWithResolvers<void> | undefined;
  const lists: StatusLists = {
    ...listsOf(0),
    async lease(order) {
      await held?.promise;
      return listsOf(0).lease(order);
    },
  };
  const allocator = createStatusAllocator({ lists, issuer: 'https://issuer.example/full', clock: nodes.clock, secret });
  const first = await allocator.take();
  const number = 'select number, size, next_position from chancery_issuer.status_list where issuer = $1 order by number';
  const rows = () =>
    administer<{ number: number; size: number; next_position: number }>(nodes.target, number, ['https://issuer.example/full']);
  await administer(nodes.target, 'update chancery_issuer.status_list set next_position = size where name = $1', [first.list]);
  held = Promise.withResolvers();
  const places = [first];
  // The new list cannot be had; nobody waits for it before the lease in hand is empty.
  while (places.length < 256) places.push(await allocator.take());
  assert.deepEqual([new Set(places.map(({ list }) => list)).size, (await rows()).length], [1, 1]);
  held.resolve();
  while (places.length < 600) places.push(await allocator.take());
  const opened = await rows();
  assert.deepEqual(
    opened.map(({ next_position: taken, size }) => [size, taken]),
    [
      [131_072, 131_072],
      [131_072, 512],
    ],
  );
  assert.equal(new Set(places.map(({ list, index }) => `${list}/${index}`)).size, 600);
});

test('performance N-04, S-8: with ten million entries a change or a new signature reads its own list and no other', async () => {
  const lists = Array.from({ length: 77 }, (_, number) => `many-${number}`);
  await administer(
    nodes.target,
    `insert into chancery_issuer.status_list (bucket, issuer, number, name, size, next_position, opened_at)
      select 7, 'https://issuer.example/many', n - 1, ($1::text[])[n], 131072, 131072, now() from generate_series(1, 77) as n`,
    [lists],
  );
  await administer(
    nodes.target,
    `insert into chancery_issuer.status_change (bucket, issuer, list, index, status, changed_at)
      select n % 32, 'https://issuer.example/many', ($1::text[])[n], i, 'invalid', now() from generate_series(1, 77) as n, generate_series(1, 1300) as i`,
    [lists],
  );
  await administer(nodes.target, 'analyze chancery_issuer.status_list, chancery_issuer.status_change, chancery_issuer.status_lease');
  for (const { name, text } of [statements.changes, statements.change, statements.reinstate, statements.finalOnes]) {
    const named = text.replaceAll(/\b(from|into) (status_change)\b/g, '$1 chancery_issuer.$2');
    const rows = await administer<{ 'QUERY PLAN': string }>(nodes.target, `explain (generic_plan) ${named}`);
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n');
    assert.ok(!plan.includes('Seq Scan on status_change'), `${name}:\n${plan}`);
  }
});
