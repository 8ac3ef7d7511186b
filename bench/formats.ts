import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { median } from './floor.ts';
import type { Measurement } from './formats/maker.ts';
import type { Row } from './report.ts';

interface Candidate {
  readonly format: string;
  readonly by: string;
  /** A file of `bench/formats/` that exports `createMaker`. */
  readonly file: string;
  /** performance §5: at most so many times the floor. */
  readonly goal?: number;
  /** The library that verified our output. */
  readonly judge?: string;
}

const candidates: readonly Candidate[] = [
  { format: 'dc+sd-jwt', by: 'Chancery', file: './sd-jwt-vc-ours.ts', goal: 1.4, judge: '@sd-jwt/sd-jwt-vc' },
  { format: 'dc+sd-jwt', by: '@sd-jwt/sd-jwt-vc', file: './sd-jwt-vc-owf.ts' },
  { format: 'jwt_vc_json', by: 'Chancery', file: './jwt-vc-json-ours.ts', goal: 1.3, judge: 'did-jwt-vc' },
  { format: 'jwt_vc_json', by: 'did-jwt-vc', file: './jwt-vc-json-peer.ts' },
  { format: 'ldp_vc', by: 'Chancery', file: './ldp-vc-ours.ts', goal: 1.7, judge: '@digitalbazaar/vc' },
  { format: 'ldp_vc', by: '@digitalbazaar/vc', file: './ldp-vc-digitalbazaar.ts' },
  { format: 'mso_mdoc', by: 'Chancery', file: './mso-mdoc-ours.ts', goal: 1.5, judge: '@owf/mdoc' },
  { format: 'mso_mdoc', by: '@owf/mdoc', file: './mso-mdoc-owf.ts' },
  { format: 'mso_mdoc', by: '@auth0/mdl', file: './mso-mdoc-auth0.ts' },
];

/** A process each: libraries of one format may teach a shared one different things. */
async function measure(file: string): Promise<Measurement> {
  const program = fileURLToPath(new URL('./formats/measure.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [program, file], { maxBuffer: 1024 * 1024 });
  return JSON.parse(stdout) as Measurement;
}

/** The format stage of each encoder over the crypto floor of the same run (performance B1). */
export async function benchFormats(): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for (const { format, by, file, goal, judge } of candidates) {
    const { microseconds, floor, ratios, judged } = await measure(file);
    const spread = `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`;
    const verified = judge ? `; ${judged} verified by ${judge}` : '';
    rows.push({
      name: `${format} by ${by} ÷ floor${goal ? ` (goal ${goal.toFixed(1)})` : ''}`,
      value: `${median(ratios).toFixed(2)} (${spread})`,
      note: `${microseconds.toFixed(0)} µs over ${floor.toFixed(0)} µs, ${ratios.length} rounds${verified}`,
    });
  }
  return rows;
}
