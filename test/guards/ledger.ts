import { type Guard, guardsIn } from './guard.ts';

const races = 'test/contract/store-races.test.ts';
const contract = 'test/contract/store.test.ts';
const nodes = 'test/hostile/issuer-nodes.test.ts';
const lists = 'test/hostile/status-lists.test.ts';
const race = (says: string) => new RegExp(`^races on the built-in cluster.*${says}`);
const promise = (says: string) => new RegExp(`on the built-in cluster ${says}`);

/** One commit, one handle, one reply (design D7, quality Q6). */
const commits = [
  ...guardsIn('src/store/postgres/ledger-statements.ts', races, [
    {
      without: 'the condition that a request is new',
      text: 'where issuance.reply_expires_at <= $5',
      instead: 'where $5::timestamptz is not null',
      red: race('ledger.commit writes one of equal requests'),
    },
  ]),
  ...guardsIn('src/store/postgres/ledger-decision.ts', races, [
    {
      without: 'a look at whether a handle was free',
      text: '!fresh.handles.has(handle) || handed.has(handle)',
      instead: 'handed.has(handle)',
      red: race('ledger.commit gives a handle to one of different requests'),
    },
    {
      without: 'one winner of a handle inside a group',
      text: '!fresh.handles.has(handle) || handed.has(handle)',
      instead: '!fresh.handles.has(handle)',
      test: contract,
      red: promise('one handle asked for by many of one group'),
    },
    {
      without: 'one fate for equal requests of a group',
      text: 'if (twin) return',
      instead: 'if (twin && false) return',
      test: contract,
      red: promise('equal requests inside one group'),
    },
  ]),
  ...guardsIn('src/store/postgres/ledger-write.ts', contract, [
    {
      without: 'giving back what a refused order had taken',
      text: 'await giveBack(session, statements.giveBackHandles, unused);',
      instead: '',
      red: promise('another request with a spent handle is refused'),
    },
  ]),
];

/** quality Q7, Q41, design D8 */
const leases = [
  ...guardsIn('src/store/postgres/ledger-write.ts', contract, [
    {
      without: 'a look at the lease before a commit',
      text: 'return new Set(placed.filter((place) => !held.has(leaseName(place))).map(({ issuance }) => issuance));',
      instead: 'return new Set();',
      red: promise('quality Q7: a lease that ran out commits nothing'),
    },
    {
      without: 'the owner in the name of a lease',
      text: 'JSON.stringify([list, start, owner])',
      instead: 'JSON.stringify([list, start])',
      red: promise('quality Q7: a lease before and after it was taken over is two'),
    },
  ]),
  ...guardsIn('src/store/postgres/ledger-statements.ts', contract, [
    {
      without: 'the end of a lease, for a commit',
      text: 'where leased_until > $6 and',
      instead: 'where $6::timestamptz is not null and',
      red: promise('quality Q7: a lease that ran out commits nothing'),
    },
  ]),
  ...guardsIn('src/store/postgres/status-statements.ts', contract, [
    {
      without: 'the end of a lease, for its renewal',
      text: 'owner = $5 and leased_until > $7 returning 1',
      instead: 'owner = $5 and $7::timestamptz is not null returning 1',
      red: promise('quality Q7: a lease that ran out commits nothing'),
    },
    {
      without: 'the lock on a lease that is taken over',
      text: 'order by leased_until limit 1 for update skip locked)',
      instead: 'order by leased_until limit 1)',
      red: promise('quality Q7, T2: a lease that another node is taking over at this moment'),
    },
    {
      without: 'the end of a list',
      text: 'issuer = $2 and next_position + $3 <= size\n      and number',
      instead: 'issuer = $2\n      and number',
      red: promise('performance L-18, quality R36: a list is filled to its last position'),
    },
    {
      without: 'the word that invalid is final',
      text: "not in ('invalid', excluded.status)",
      instead: '<> excluded.status',
      red: promise('quality Q41: suspended may be taken back, invalid is final'),
    },
    {
      without: 'a look at what stands there, for a change of status',
      text: "where status_change.status not in ('invalid', excluded.status)",
      instead: '',
      red: promise('quality T2: of a hundred operators on two nodes one changes a credential'),
    },
    {
      without: 'the issuer of a credential whose status changes',
      text: 'where issuer = $3 and (bucket, credential_id)',
      instead: 'where $3::text is not null and (bucket, credential_id)',
      red: promise('quality R37, features B64: every copy changes together'),
    },
  ]),
  ...guardsIn('src/issuer/status/status-allocator.ts', lists, [
    {
      without: 'a look at what a dead node had used',
      text: 'lease.takenOver ? await lists.used(issuer, lease.list, indices) : new Set<number>()',
      instead: 'new Set<number>()',
      red: /quality Q7, features A20: an order that was refused gives its place back/,
    },
    {
      without: 'the order nobody can foretell',
      text: 'permute(lease.start + step)',
      instead: 'lease.start + step + 0 * permute(0)',
      red: /no order to be seen/,
    },
  ]),
  ...guardsIn('src/store/postgres/status-change.ts', contract, [
    {
      without: 'the undoing of a rehearsal',
      text: 'if (rehearsal) throw new Rehearsed(result);',
      instead: '',
      red: promise('features B64, quality R81: a group changes as a whole'),
    },
    {
      without: 'one place for each kind of group',
      text: "by === 'subject' ? statements.subjectMembers : statements.groupMembers",
      instead: 'statements.groupMembers',
      red: promise('features B64, quality R81: a group changes as a whole'),
    },
  ]),
  ...guardsIn('src/issuer/status/served-lists.ts', 'test/hostile/status-freshness.test.ts', [
    {
      without: 'a look at whether a list has changed',
      text: 'if (young && last.version === list.version) return last;',
      instead: 'if (young) return last;',
      red: /features B62, quality R38, performance L-23/,
    },
    {
      without: 'one signature for all who ask at once',
      text: 'if (young && last.version === list.version) return last;',
      instead: '',
      test: lists,
      red: /standards TSL-5, performance L-23/,
    },
  ]),
  ...guardsIn('src/issuer/status/list-signer.ts', 'test/interop/status-lists.test.ts', [
    {
      without: 'the very key of the credentials under their list',
      text: "(key === undefined && algorithm === 'ES256')",
      instead: "(key === undefined || algorithm === 'ES256')",
      red: /@sd-jwt verifies the list by the key of the credential/,
    },
  ]),
  ...guardsIn('src/issuer/status/bitstring-status-list.ts', 'test/interop/status-lists.test.ts', [
    {
      without: 'one list for each purpose',
      text: 'if (status === bitOf[purpose])',
      instead: 'if (status)',
      red: /in every format and both kinds of list the same is read/,
    },
    {
      without: 'the order of the bits',
      text: '0x80 >> (index & 7)',
      instead: '1 << (index & 7)',
      red: /its first bit is the left-most/,
    },
  ]),
];

const spending = guardsIn('src/issuer/key-proof.ts', nodes, [
  {
    without: 'the nonce among what an issuance spends',
    text: "[{ kind: 'c-nonce', key: nonce.value, expiresAt: addSeconds(nonce.expiresAt, 60) }]",
    instead: '[]',
    red: /racers spend one nonce with keys of their own/,
  },
]);

const issuance = guardsIn('src/issuer/issuance.ts', nodes, [
  {
    without: 'a name that a retry shares',
    text: 'sha256(utf8(identity));',
    instead: 'sha256(identity.length > 0 ? randomBytes(32) : identity);',
    red: /racers on two nodes send one and the same request/,
  },
  {
    without: 'the token in the name of a request',
    text: 'JSON.stringify([tokenId, canonical])',
    instead: 'JSON.stringify([tokenId.length > 0, canonical])',
    red: /quality Q6: a retry is the same request only with the same token and proof/,
  },
  {
    without: 'waiting for the commit',
    text: "settle('abandon');\n    throw fault;",
    instead: "return { outcome: 'committed' } as const;",
    red: /design D7: nothing leaves before the commit/,
  },
  {
    without: 'the place in doubt: it is handed out again at once',
    text: "settle('abandon');",
    instead: "settle('giveBack');",
    test: lists,
    red: /quality Q7, features A20: an order that was refused gives its place back/,
  },
]);

const replies = guardsIn('src/issuer/kept-reply.ts', nodes, [
  {
    without: 'the request in the key of its reply: what the ledger keeps is enough',
    text: '.update(identity)\n',
    instead: ".update(process.getBuiltinModule('node:crypto').createHash('sha256').update(identity).digest())\n",
    red: /quality Q8, standards VX-7: a kept reply opens to who knows the request/,
  },
]);

export const ledgerGuards: readonly Guard[] = [...commits, ...leases, ...spending, ...issuance, ...replies];
