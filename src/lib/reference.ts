import { sha256 } from './bytes.ts';

/** No letters or digits that sound or look alike. */
const alphabet = '23456789ACDEFGHJKLMNPQRTVWXY';

/** A short code to read aloud, such as K7QF-2M9D: made from the request id, so that it leads to the request's log lines (quality EP2). */
export function referenceOf(requestId: string): string {
  const letters = [...sha256(requestId).subarray(0, 8)].map((byte) => alphabet[byte % alphabet.length]).join('');
  return `${letters.slice(0, 4)}-${letters.slice(4)}`;
}
