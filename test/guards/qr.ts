import { type Guard, guardsIn } from './guard.ts';

export const qrGuards: readonly Guard[] = [
  ...guardsIn('src/issuer/qr/qr-codes.ts', 'test/interop/claim169.test.ts', [
    {
      without: 'what a QR code can hold, when its type is saved',
      text: 'if (longest > capacity)',
      instead: 'if (false as boolean)',
      red: /standards QR-4, features B57: a code that may not fit/,
    },
  ]),
  ...guardsIn('src/issuer/qr/attributes.ts', 'test/interop/claim169.test.ts', [
    {
      without: 'the bound of a text in a QR code',
      text: 'if (Buffer.byteLength(written) > maximum)',
      instead: 'if (false as boolean)',
      red: /features B57: a value that does not fit refuses the credential/,
    },
  ]),
];
