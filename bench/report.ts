import { cpus, loadavg } from 'node:os';

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** performance M-10: what the figures were measured on, and how much else ran there. */
export function surroundings(): string {
  const [load = 0] = loadavg();
  return `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}, load ${load.toFixed(1)}`;
}

export function markdownTable(rows: readonly Row[]): string {
  return [
    '| what | figure | how |',
    '|---|---|---|',
    ...rows.map(({ name, value, note }) => `| ${name} | ${value} | ${note ?? ''} |`),
  ].join('\n');
}
