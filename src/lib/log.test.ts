import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLog, type LogFields, type LogLevel } from './log.ts';

function open(level: LogLevel) {
  const lines: string[] = [];
  const log = createLog({ level, line: (text) => lines.push(text), now: () => new Date('2026-11-24T12:00:00Z') });
  return { log, lines: () => lines.map((line) => JSON.parse(line) as Record<string, unknown>) };
}

test('quality Q23, T12: a line carries the listed fields and no other, whatever is handed in', () => {
  const { log, lines } = open('info');
  const handed = {
    requestId: 'r',
    status: 400,
    error: undefined,
    individualId: 'canary',
    body: { name: 'canary' },
    authorization: 'canary',
  };
  log.write('info', 'refused', handed as unknown as LogFields);
  assert.deepEqual(lines(), [{ time: '2026-11-24T12:00:00.000Z', level: 'info', event: 'refused', requestId: 'r', status: 400 }]);
});

test('what is below the level is not written', () => {
  const { log, lines } = open('warn');
  for (const level of ['debug', 'info', 'warn', 'error'] as const) log.write(level, level);
  assert.deepEqual(
    lines().map(({ event }) => event),
    ['warn', 'error'],
  );
});
