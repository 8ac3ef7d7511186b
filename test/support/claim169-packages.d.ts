/** What we use of packages that bring no types. */
declare module 'base45' {
  export function decode(text: string): Buffer;
}

declare module 'qrcode' {
  type Level = 'L' | 'M' | 'Q' | 'H';
  export function create(
    text: string,
    options: { readonly version: number; readonly errorCorrectionLevel: Level },
  ): { readonly version: number; readonly segments: readonly { readonly mode: { readonly id: string } }[] };
}
