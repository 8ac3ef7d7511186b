import assert from 'node:assert/strict';
import { test } from 'node:test';
import { acceptsGzip, chooseMediaType } from './media-type.ts';

test('standards TSL-5: of two media types the one that is wanted most, ours first where both are', () => {
  const offered = ['application/a', 'application/b'] as const;
  const cases: readonly (readonly [string | undefined, string | undefined])[] = [
    [undefined, 'application/a'],
    ['', 'application/a'],
    ['*/*', 'application/a'],
    ['application/*', 'application/a'],
    ['application/b', 'application/b'],
    ['Application/B;q=1', 'application/b'],
    ['application/a;q=0.5, application/b', 'application/b'],
    ['application/a, application/b;q=0.9', 'application/a'],
    ['application/b, */*;q=0.1', 'application/b'],
    ['application/a;q=0, */*', 'application/b'],
    ['application/*;q=0.2, */*;q=0.9, application/b;q=0.3', 'application/b'],
    ['text/html', undefined],
    ['application/a;q=0', undefined],
    ['application/a;q=2', undefined],
    ['application/aa', undefined],
    [`${'text/x,'.repeat(30)}application/a`, undefined],
  ];
  for (const [header, chosen] of cases) assert.equal(chooseMediaType(header, offered), chosen, String(header));
});

test('standards TSL-5: gzip only for who says so', () => {
  for (const header of ['gzip', 'br, gzip', 'gzip;q=0.1']) assert.ok(acceptsGzip(header), header);
  for (const header of [undefined, '', 'br', 'gzip;q=0', 'identity']) assert.ok(!acceptsGzip(header), String(header));
});
