import assert from 'node:assert/strict';
import { test } from 'node:test';
import { timeOrderedId } from './time-ordered-id.ts';

test('RFC 9562 appendix A.6: the time of the example stands where the example has it', () => {
  assert.equal(timeOrderedId(new Date('2022-02-22T14:22:22-05:00')).slice(0, 14), '017f22e2-79b0-');
});

test('RFC 9562 §5.7: version 7, variant 10, ordered by time, never the same', () => {
  const earlier = timeOrderedId(new Date('2026-03-01T12:00:00Z'));
  const later = timeOrderedId(new Date('2026-03-01T12:00:00.001Z'));
  assert.match(earlier, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(earlier < later);
  assert.notEqual(timeOrderedId(new Date(0)), timeOrderedId(new Date(0)));
});
