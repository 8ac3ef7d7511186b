import assert from 'node:assert/strict';
import { test } from 'node:test';
import { knowledge } from './knowledge.ts';
import { otp } from './otp.ts';

const challenge = { registry: 'people', factor: 'knowledge', individualId: '1' } as const;

test('quality LG7: a date of birth may be typed with the digits of another script, and as much of it as is known', () => {
  const read = (birthdate: string) => knowledge.readEvidence({ name: 'ليلى الهاشمي', birthdate }, challenge);
  for (const typed of ['15 8 1994', '١٥ ٨ ١٩٩٤', '١٩٩٤-٠٨-١٥', '\u200f١٥/٨/١٩٩٤', '௧௫ ௮ ௧௯௯௪'])
    assert.deepEqual(read(typed), { factor: 'knowledge', name: 'ليلى الهاشمي', birthdate: '1994-08-15' }, typed);
  assert.deepEqual(read('١٩٩٤'), { factor: 'knowledge', name: 'ليلى الهاشمي', birthdate: '1994' });
  assert.deepEqual(read('٣١ ٦ ١٩٩٤'), { field: 'birthdate', reason: 'malformed' });
});

test('quality LG7: a one-time code may be typed with the digits of another script, spaced or pasted', () => {
  for (const typed of ['482913', '482 913', '٤٨٢٩١٣', '\u2068482-913\u2069'])
    assert.deepEqual(otp.readEvidence({ otp: typed }, { ...challenge, factor: 'otp' }), { factor: 'otp', otp: '482913' }, typed);
  assert.deepEqual(otp.readEvidence({ otp: ' ' }, { ...challenge, factor: 'otp' }), { field: 'otp', reason: 'missing' });
});
