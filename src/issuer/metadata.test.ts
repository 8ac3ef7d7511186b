import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { JsonObject } from '../lib/json.ts';
import { didWebOf } from './key-documents.ts';
import { chooseLanguage, inLanguage } from './metadata.ts';

test('standards V-58: the best language on offer is chosen, by weight and then by tag', () => {
  const offered = ['en', 'ar', 'pt-BR', 'zh-Hant'];
  const cases: readonly [string | undefined, string | undefined][] = [
    [undefined, undefined],
    ['', undefined],
    ['*', undefined],
    ['ta', undefined],
    ['ar', 'ar'],
    ['AR-eg', 'ar'],
    ['pt', 'pt-BR'],
    ['pt-br', 'pt-BR'],
    ['zh-Hant-TW', 'zh-Hant'],
    ['ta;q=1, ar;q=0.4, en;q=0.8', 'en'],
    ['ar;q=0, en;q=0.1', 'en'],
    ['ar;q=nonsense', undefined],
    ['e', undefined],
    [', ,;;q=,', undefined],
  ];
  for (const [header, expected] of cases) assert.equal(chooseLanguage(header, offered), expected, String(header));
});

test('standards V-58: reduced metadata keeps one language where there is one, and everything else as it is', () => {
  const label = (locale: string) => ({ name: locale, locale });
  const metadata: JsonObject = {
    display: [label('en'), label('ar')],
    types: { Card: { display: [label('en')], claims: [{ path: ['a', null], display: [label('en'), label('ar')] }], list: [] } },
  };
  assert.deepEqual(inLanguage(metadata, 'ar'), {
    display: [label('ar')],
    types: { Card: { display: [label('en')], claims: [{ path: ['a', null], display: [label('ar')] }], list: [] } },
  });
});

test('features B03: a did:web names the host with its port and the path of the issuer', () => {
  assert.equal(didWebOf('https://issuer.example/issuers/civil'), 'did:web:issuer.example:issuers:civil');
  assert.equal(didWebOf('http://localhost:8080/issuers/civil'), 'did:web:localhost%3A8080:issuers:civil');
});
