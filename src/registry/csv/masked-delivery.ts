import { createHmac } from 'node:crypto';
import type { Challenge } from '../registry.ts';

export interface Address {
  readonly channel: 'mail' | 'sms';
  readonly to: string;
}

/** Enough for the owner to recognise, too little to write to: first letter and host, or the last three figures. */
export function maskAddress({ channel, to }: Address): NonNullable<Challenge['delivery']> {
  if (channel === 'sms') return { channel, masked: `•••••• ${to.slice(-3)}` };
  const at = to.lastIndexOf('@');
  return { channel, masked: `${[...to.slice(0, at)][0] ?? ''}•••••${to.slice(at)}` };
}

/** A number below `count` that the same word always gets and nobody without the secret can foretell. */
export function keyedChoice(secret: Uint8Array, word: string, count: number): number {
  return createHmac('sha256', secret).update(word).digest().readUIntBE(0, 6) % count;
}
