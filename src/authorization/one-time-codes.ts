import { createHmac, randomInt } from 'node:crypto';
import type { KeyStore } from '../keys/keys.ts';
import { base64url, equalBytes, readBase64url, utf8 } from '../lib/bytes.ts';
import { addSeconds, type Clock } from '../lib/clock.ts';
import { isJsonObject, type Json } from '../lib/json.ts';
import { seal, unseal } from '../lib/seal.ts';
import type { OneTimeCodes } from '../registry/registry.ts';
import type { Store } from '../store/store.ts';

/** A message of the demo's mailbox. */
export interface MailboxMessage {
  readonly to: string;
  readonly code: string;
  readonly sentAt: Date;
  readonly endsAt: Date;
}

export interface OneTimeCodesWithMailbox extends OneTimeCodes {
  /** Newest first; empty unless this is the demo. */
  messages(): Promise<readonly MailboxMessage[]>;
}

export interface OneTimeCodesOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly keys: KeyStore;
  /** The demo shows what would be sent; elsewhere nothing is kept. */
  readonly mailbox: boolean;
}

const digits = 6;
const lifeSeconds = 300;
const mailboxSeconds = 3600;
const mailboxSize = 50;
const codeKind = 'one-time-code';
const mailboxKind = 'mailbox';

function readMessage(value: Json | undefined): MailboxMessage | undefined {
  if (!isJsonObject(value)) return undefined;
  const { to, code, sentAt, endsAt } = value;
  return { to: String(to), code: String(code), sentAt: new Date(String(sentAt)), endsAt: new Date(String(endsAt)) };
}

/** One-time codes: six digits, never stored in clear, good once and for five minutes; a new one ends the old (quality SU10). */
export async function createOneTimeCodes({ store, clock, keys, mailbox }: OneTimeCodesOptions): Promise<OneTimeCodesWithMailbox> {
  const secret = await keys.secret('session');
  const keyed = (text: string) => createHmac('sha256', secret).update(utf8(text)).digest();
  const hashOf = (person: string, code: string) => keyed(`one-time-code\n${person}\n${code}`);
  // An identity number is short enough to be tried: its place in the store must not be told without the secret.
  const placeOf = (person: string) => base64url(keyed(`one-time-code place\n${person}`));

  async function deliver(to: string, code: string): Promise<void> {
    const now = clock.now();
    const message = { to, code, sentAt: now.toISOString(), endsAt: addSeconds(now, lifeSeconds).toISOString() };
    // A ring of places: the demo keeps the newest and needs no listing verb of the store.
    const place = Math.floor(now.getTime() / 1000) % mailboxSize;
    await store.put(mailboxKind, String(place), seal(secret, mailboxKind, message), addSeconds(now, mailboxSeconds));
  }

  return {
    async send(person, address) {
      const code = String(randomInt(10 ** digits)).padStart(digits, '0');
      await store.put(codeKind, placeOf(person), base64url(hashOf(person, code)), addSeconds(clock.now(), lifeSeconds));
      if (mailbox && address) await deliver(address.to, code);
    },
    async redeem(person, code) {
      const plain = code.replace(/\s/g, '');
      const kept = await store.get(codeKind, placeOf(person));
      const expected = typeof kept === 'string' ? readBase64url(kept) : undefined;
      if (!expected || !equalBytes(expected, hashOf(person, plain))) return false;
      // Compared first, taken last: a wrong guess does not burn the code, and of two right ones one wins.
      return (await store.take(codeKind, placeOf(person))) === kept;
    },
    async messages() {
      if (!mailbox) return [];
      const places = await Promise.all(Array.from({ length: mailboxSize }, (_, place) => store.get(mailboxKind, String(place))));
      const read = places.flatMap((sealed) => (typeof sealed === 'string' ? (readMessage(unseal(secret, mailboxKind, sealed)) ?? []) : []));
      return read.sort((a, b) => b.sentAt.getTime() - a.sentAt.getTime());
    },
  };
}
