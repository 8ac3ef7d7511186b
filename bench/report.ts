import { cpus } from 'node:os';

export interface Row {
  readonly name: string;
  readonly value: string;
  readonly note?: string;
}

/** performance M-10: what the figures were measured on. */
export function surroundings(): string {
  return `Node ${process.versions.node}, OpenSSL ${process.versions.openssl}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown CPU'}`;
}

export function markdownTable(rows: readonly Row[]): string {
  return [
    '| what | figure | how |',
    '|---|---|---|',
    ...rows.map(({ name, value, note }) => `| ${name} | ${value} | ${note ?? ''} |`),
  ].join('\n');
}
