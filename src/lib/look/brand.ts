/** An authority's colour, as its display data gives it. */
export interface Brand {
  readonly className: string;
  readonly color: string;
}

const minimumContrast = 4.5;

function channels(color: string): readonly [number, number, number] | undefined {
  const digits = /^#([0-9a-f]{6})$/i.exec(color)?.[1];
  return digits === undefined
    ? undefined
    : ([0, 2, 4].map((at) => Number.parseInt(digits.slice(at, at + 2), 16)) as unknown as [number, number, number]);
}

/** WCAG 2.2 relative luminance. */
function luminance(rgb: readonly number[]): number {
  const [red = 0, green = 0, blue = 0] = rgb.map((value) =>
    value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

const contrast = (a: number, b: number) => (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
const hex = (rgb: readonly number[]) => `#${rgb.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`;
const ink = [0x15, 0x20, 0x2b] as const;

/** White or ink on the colour, whichever reads better; a colour on which neither does is darkened until white does. */
function readable(rgb: readonly number[]): { readonly brand: string; readonly on: string } {
  const [white, black] = [contrast(luminance(rgb), 1), contrast(luminance(rgb), luminance(ink))];
  if (Math.max(white, black) >= minimumContrast) return { brand: hex(rgb), on: white >= black ? '#ffffff' : hex(ink) };
  return readable(rgb.map((value) => value * 0.94));
}

/** The stylesheet with one class per authority: pages carry no inline style. Colours that are none are left out. */
export function brandStylesheet(brands: readonly Brand[]): string {
  const rules = brands.flatMap(({ className, color }) => {
    const rgb = channels(color);
    if (!rgb || !/^[a-z][a-z0-9-]*$/.test(className)) return [];
    const { brand, on } = readable(rgb);
    return [`  .${className} {\n    --brand: ${brand};\n    --on-brand: ${on};\n  }`];
  });
  return `@layer tokens {\n${rules.join('\n')}\n}\n`;
}
