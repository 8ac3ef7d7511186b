import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Json } from '../lib/json.ts';
import { buildConsentView } from './consent.ts';

const label = (name: string) => [{ name, locale: 'en' }];

/** What the page lists for a type whose claims are described at these paths. */
async function linesFor(paths: readonly Json[][], mapped: Readonly<Record<string, string>> = {}): Promise<readonly string[]> {
  const claims = paths.map((path) => ({ path, mandatory: true, display: label(`label ${path.join('/')}`) }));
  const type = {
    configurationId: 'Card',
    issuer: 'https://office.example',
    scope: 'card',
    metadata: {},
    configuration: { credential_metadata: { claims } },
  };
  const view = await buildConsentView({
    types: [type as never],
    consent: {
      card: { claims: Object.fromEntries(Object.entries(mapped).map(([path, name]) => [path, { name, mask: 'open' }])) } as never,
    },
    source: {
      claims: async (_subject: unknown, names: readonly string[]) => ({
        outcome: 'known',
        claims: Object.fromEntries(names.map((name) => [name, `value of ${name}`])),
      }),
    } as never,
    subject: { registry: 'people', id: '1' },
    language: 'en',
    walletName: 'Wallet',
    decision: 'd',
    purpose: { issuerName: 'Office' },
    until: new Date(0),
    signal: AbortSignal.timeout(1000),
  });
  return (view.documents[0]?.claims ?? []).map(({ label: name, value }) => (value ? `${name}: ${value.masked}` : name));
}

test('design D21: one line per claim that is described above all others, however deep the encoding puts it', async () => {
  assert.deepEqual(await linesFor([['name'], ['address'], ['address', 'town'], ['classes'], ['classes', null]]), [
    'label name',
    'label address',
    'label classes',
  ]);
  assert.deepEqual(
    await linesFor(
      [
        ['ns', 'name'],
        ['ns', 'rights'],
        ['ns', 'rights', null, 'code'],
        ['more', 'adult'],
      ],
      { 'ns.name': 'full_name' },
    ),
    ['label ns/name: value of full_name', 'label ns/rights', 'label more/adult'],
  );
});
