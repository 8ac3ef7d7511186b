import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createFileKeyStore } from '../../src/keys/file/file-key-store.ts';
import { movableClock } from '../../src/lib/clock.ts';
import { jwkThumbprint } from '../../src/oauth/thumbprint.ts';
import { checkTrail } from '../../src/operators/audit-check.ts';
import { checkExport, exportTrail } from '../../src/operators/audit-export.ts';
import { type Audit, type AuditEntry, auditChainCount } from '../../src/store/audit.ts';
import { allChains, ChainCheck, emptyChain, hashEntry, sealHead } from '../../src/store/audit-chain.ts';

const secret = Buffer.alloc(32, 7);
const service = 'issuer';

/** A trail of so many entries in memory, spread over its chains. */
function makeTrail(count: number): AuditEntry[][] {
  const chains: AuditEntry[][] = allChains.map(() => []);
  for (let index = 0; index < count; index += 1) {
    const chain = (index * 7) % auditChainCount;
    const entries = chains[chain] as AuditEntry[];
    const at = new Date(Date.UTC(2026, 2, 1) + index);
    const event = JSON.stringify({ actor: 'wallet', action: 'issue', subject: `hash ${index}`, outcome: 'issued', request: `r${index}` });
    const entry = { chain, number: entries.length + 1, id: `id ${index}`, issuer: 'https://issuer.example', at, event };
    entries.push({ ...entry, hash: hashEntry(service, entry, entries.at(-1)?.hash ?? emptyChain) });
  }
  return chains;
}

/** The trail as a database that somebody may have changed since its ends were sealed. */
function auditOf(chains: readonly AuditEntry[][]): Audit {
  const sealed = chains.map((entries, chain) => {
    const head = { chain, length: entries.length, hash: entries.at(-1)?.hash ?? emptyChain };
    return { ...head, seal: sealHead(secret, service, head) };
  });
  return {
    record: () => assert.fail(),
    heads: async () => sealed.map((head) => ({ ...head, last: chains[head.chain]?.at(-1)?.number ?? 0 })),
    entries: async (chain, after, limit) => (chains[chain] ?? []).filter(({ number }) => number > after).slice(0, limit),
    unchained: async () => 0,
  };
}

type Harm = (entries: AuditEntry[], at: number) => void;
/** Each does one thing to a chain, at a place. */
const harms: Readonly<Record<string, Harm>> = {
  flip(entries, at) {
    const { event, ...rest } = entries[at] as AuditEntry;
    const place = event.length >> 1;
    entries[at] = { ...rest, event: event.slice(0, place) + String.fromCharCode(event.charCodeAt(place) ^ 1) + event.slice(place + 1) };
  },
  remove: (entries, at) => void entries.splice(at, 1),
  reorder(entries, at) {
    const [one, other] = [entries[at - 1] as AuditEntry, entries[at] as AuditEntry];
    entries[at - 1] = { ...other, number: one.number };
    entries[at] = { ...one, number: other.number };
  },
  truncate: (entries, at) => void entries.splice(at),
};

const rounds = process.env.CHANCERY_LONG ? 250 : 25;

test('quality T16: a flip, a removal, a swap and a cut in 10,000 entries are all found, at their place', async () => {
  const sound = makeTrail(10_000);
  const begun = performance.now();
  const { entries, faults } = await checkTrail({ service, audit: auditOf(sound) }, secret);
  const perSecond = Math.round((entries / (performance.now() - begun)) * 1000);
  assert.deepEqual({ entries, faults }, { entries: 10_000, faults: [] });
  console.log(`# ${perSecond} entries a second`);
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, harm] of Object.entries(harms)) {
      // Sealed as it was; harmed afterwards.
      const chain = (round * 13) % auditChainCount;
      const harmed = sound.map((one, index) => (index === chain ? [...one] : one));
      const audit = auditOf(harmed);
      const length = harmed[chain]?.length ?? 0;
      const at = 1 + ((round * 31) % (length - 1));
      harm(harmed[chain] as AuditEntry[], at);
      const heads = await audit.heads();
      const check = new ChainCheck(service, chain);
      for (const entry of harmed[chain] as AuditEntry[]) check.take(entry);
      check.end(heads[chain], secret);
      // The whole trail now and then: it takes a while, and finds the same.
      const found = round % 25 === 0 ? (await checkTrail({ service, audit }, secret)).faults : check.faults;
      assert.deepEqual(found, check.faults);
      const expected = name === 'reorder' ? at : at + 1;
      assert.equal(found[0]?.chain, chain, `${name} in chain ${chain} at ${at}`);
      assert.equal(found[0]?.number, expected, `${name} in chain ${chain} at ${at}: ${JSON.stringify(found)}`);
    }
  }
});

test('features G12, B66: an export is checked without the database, and any line that was touched is found', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-audit-'));
  t.after(() => rm(folder, { recursive: true }));
  const clock = movableClock(new Date('2026-03-01T12:00:00Z'));
  const keys = await createFileKeyStore({ folder, keyEncryptionKey: Buffer.alloc(32, 1), clock, issuers: {} });
  const signer = await keys.signer('audit');
  const lines: string[] = [];
  for await (const line of exportTrail({ service, audit: auditOf(makeTrail(500)) }, { signer, at: clock.now() })) lines.push(line);
  const report = await checkExport(lines);
  assert.deepEqual([report.entries, report.faults, report.service], [500, [], service]);
  assert.equal(report.signedBy, jwkThumbprint(signer.publicJwk));
  const faultsOf = async (changed: readonly string[]) => (await checkExport(changed)).faults.map(({ fault }) => fault);
  const with3 = (line: string) => lines.map((text, index) => (index === 3 ? line : text));
  assert.deepEqual(await faultsOf(with3(lines[3]?.replace('issued', 'denied') ?? '')), ['altered']);
  assert.deepEqual(await faultsOf(lines.filter((_, index) => index !== 3)), ['missing']);
  assert.deepEqual(await faultsOf(lines.filter((line) => !line.startsWith('{"chain":5,'))), ['truncated']);
  await assert.rejects(checkExport(lines.slice(0, -1)), /without its checkpoint/);
  await assert.rejects(checkExport(with3('nothing')), /line 4/);
  const forged = lines.at(-1)?.replace(/\.[\w-]{10}/, '.AAAAAAAAAA') ?? '';
  await assert.rejects(checkExport([...lines.slice(0, -1), forged]), { name: 'JwsFault' });
});
