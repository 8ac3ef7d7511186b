import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { isAlive } from './liveness.ts';

test('a process that is cleared away between two questions is dead', { skip: process.platform === 'win32' }, async () => {
  const pause = new Int32Array(new SharedArrayBuffer(4));
  for (let round = 0; round < 30; round++) {
    const child = spawn('true', { stdio: 'ignore' });
    // It ends while this thread sleeps, and is cleared away as soon as the event loop turns: in the middle of the question.
    Atomics.wait(pause, 0, 0, 20);
    assert.equal(await isAlive(child.pid ?? 0), false);
  }
});

test('a living process is alive, also one that is not ours', async () => {
  assert.equal(await isAlive(process.pid), true);
  assert.equal(await isAlive(1), true);
});
