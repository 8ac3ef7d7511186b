import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { chooseLanguage, readAcceptLanguage } from './language.ts';

test('the tags of a header come by weight, and what is not wanted is left out', () => {
  const cases: readonly [string | undefined, readonly string[]][] = [
    [undefined, []],
    ['en', ['en']],
    ['AR-eg , en', ['ar-eg', 'en']],
    ['ta; q=0.2 ,ar ;q=0.4, en;level=1;q=0.8', ['en', 'ar', 'ta']],
    ['ar;q=0, en;q=0.1', ['en']],
    ['ar;q=nonsense, ;q=1, ,,', []],
  ];
  for (const [header, tags] of cases) assert.deepEqual(readAcceptLanguage(header), tags, String(header));
});

test('the address counts before the cookie, the request and the browser', () => {
  const all = { query: 'ta', cookie: 'ar', uiLocales: 'fr ar', header: 'de, ar;q=0.5' };
  assert.equal(chooseLanguage(all), 'ta');
  assert.equal(chooseLanguage({ ...all, query: '__proto__' }), 'ar');
  assert.equal(chooseLanguage({ uiLocales: all.uiLocales }), 'ar');
  assert.equal(chooseLanguage({ header: all.header }), 'ar');
  assert.equal(chooseLanguage({}), 'en');
});

test('a header costs no more than its length', () => {
  // With a cost that grows by the square, a megabyte takes half an hour; the process is not given that long.
  const module = JSON.stringify(new URL('./language.ts', import.meta.url).href);
  const script = `import { readAcceptLanguage } from ${module};
    for (const filler of [' ', '\\t', ';', '; ', ',', 'q=']) readAcceptLanguage('en' + filler.repeat(1_000_000) + 'x');`;
  const { status, signal } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { timeout: 60_000 });
  assert.deepEqual({ status, signal }, { status: 0, signal: null });
});
