import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { StatusList } from '@sd-jwt/jwt-status-list';
import { base64url } from '../../lib/bytes.ts';
import { packStatuses } from './status-list-token.ts';

test('standards TSL-1, TSL-2: statuses are packed from the least significant bit, two to each, at the highest level of ZLIB', () => {
  // Token Status List §4.1: the statuses 1, 2, 0, 0 stand in one byte as 00 00 10 01.
  const packed = packStatuses(16, [
    { index: 0, status: 'invalid' },
    { index: 1, status: 'suspended' },
    { index: 15, status: 'invalid' },
  ]);
  assert.deepEqual([...inflateSync(packed)], [0b0000_1001, 0, 0, 0b0100_0000]);
  assert.equal(Buffer.from(packed).subarray(0, 2).toString('hex'), '78da');
  const statuses = Array.from({ length: 4096 }, (_, index) => [0, 1, 0, 2, 0][(index * 7) % 5] as 0 | 1 | 2);
  const names = ['valid', 'invalid', 'suspended'] as const;
  const changes = statuses.flatMap((value, index) => (value === 0 ? [] : [{ index, status: names[value] as 'invalid' | 'suspended' }]));
  const read = StatusList.decompressStatusList(base64url(packStatuses(statuses.length, changes)), 2);
  assert.deepEqual(
    statuses.map((_, index) => read.getStatus(index)),
    statuses,
  );
});
