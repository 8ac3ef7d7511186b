/** A page that is made from code or data. */
export interface GeneratedPage {
  readonly path: string;
  readonly text: string;
}

export const made = '<!-- Made by `npm run docs`; change its source, not this page. -->';

const cell = (value: unknown) =>
  String(value ?? '')
    .replaceAll('|', '\\|')
    .replaceAll('\n', ' ');

export function table(heads: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const line = (cells: readonly unknown[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(heads), `|${heads.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}
