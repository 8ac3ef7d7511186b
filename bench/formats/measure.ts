import { median } from '../floor.ts';
import type { Maker, Measurement } from './maker.ts';

const rounds = 15;
const warmUpRounds = 4;
/** Long enough that the clock of the process is fine, short enough that floor and maker see the same machine. */
const roundMicroseconds = 80_000;

async function cpuOf(work: () => unknown, count: number): Promise<number> {
  const before = process.cpuUsage();
  for (let index = 0; index < count; index += 1) await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / count;
}

/** Maker and floor in turns, so that both meet the same minute of the machine (performance §2). */
async function measure(maker: Maker): Promise<Measurement> {
  const costs: number[] = [];
  const floors: number[] = [];
  let count = 20;
  for (let round = 0; round < warmUpRounds + rounds; round += 1) {
    const cost = await cpuOf(() => maker.make(), count);
    const floor = await cpuOf(() => maker.floor(), count);
    count = Math.max(20, Math.ceil(roundMicroseconds / cost));
    if (round < warmUpRounds) continue;
    costs.push(cost);
    floors.push(floor);
  }
  const sample = maker.judge ? await Promise.all(Array.from({ length: 10 }, () => maker.make())) : [];
  for (const credential of sample) await maker.judge?.(credential);
  const ratios = costs.map((cost, index) => cost / (floors[index] ?? Number.NaN));
  return { microseconds: median(costs), floor: median(floors), ratios, judged: sample.length };
}

const { createMaker } = (await import(new URL(process.argv[2] ?? '', import.meta.url).href)) as { createMaker: () => Promise<Maker> };
process.stdout.write(JSON.stringify(await measure(await createMaker())), () => process.exit(0));
