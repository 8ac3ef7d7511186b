import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startInstance } from '../test/support/instance.ts';
import { median } from './floor.ts';
import { residentMebibytes } from './process-cpu.ts';
import type { Row } from './report.ts';

async function secondsToReady(dataFolder: string): Promise<{ readonly seconds: number; readonly resident: number }> {
  const begun = performance.now();
  const instance = await startInstance({ dataFolder });
  const seconds = (performance.now() - begun) / 1000;
  const resident = residentMebibytes(instance.process.pid ?? 0);
  await instance.stop();
  return { seconds, resident };
}

/** From the command to the ready line, dependencies installed: first on an empty folder, then on its data. */
export async function benchStart(): Promise<readonly Row[]> {
  const folder = await mkdtemp(join(tmpdir(), 'chancery-bench-'));
  try {
    const first = await secondsToReady(folder);
    const again = [await secondsToReady(folder), await secondsToReady(folder), await secondsToReady(folder)];
    return [
      { name: 'first start on an empty data folder, all roles', value: `${first.seconds.toFixed(2)} s` },
      {
        name: 'start on existing data, all roles',
        value: `${median(again.map(({ seconds }) => seconds)).toFixed(2)} s`,
        note: 'median of 3',
      },
      {
        name: 'resident memory when ready, all roles in one process',
        value: `${median(again.map(({ resident }) => resident)).toFixed(0)} MiB`,
      },
    ];
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
