import { createHmac } from 'node:crypto';
import type { Holder } from '../formats/format.ts';
import type { KeyStore } from '../keys/keys.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';
import type { SubjectReference } from '../registry/registry.ts';
import { hashAddress } from '../store/audit-chain.ts';
import type { Grant } from './access-token.ts';

async function hashOf(keys: KeyStore, parts: readonly string[]): Promise<Uint8Array> {
  return createHmac('sha256', await keys.secret('subject-hash'))
    .update(JSON.stringify(parts))
    .digest();
}

/** Keyed, so that the ledger can be asked about a person and tells nothing about anybody. */
export const subjectHash = (keys: KeyStore, { registry, id }: SubjectReference): Promise<Uint8Array> => hashOf(keys, [registry, id]);

/** Keyed too: `thumbprint` is that of a wallet's key (RFC 7638). Of three parts, so that it is nobody's subject. */
export const walletHash = (keys: KeyStore, thumbprint: string): Promise<Uint8Array> => hashOf(keys, ['wallet', 'key', thumbprint]);

/**
 * The key by which the wallet of a credential is known again (docs/adr/0054): the one its access token is bound to (RFC 9449 §6.1),
 * which all copies share; without such the key of the copy itself.
 */
export function walletKeyOf({ boundThumbprint }: Grant, holder: Holder | undefined): string | undefined {
  return boundThumbprint ?? (holder && jwkThumbprint(holder.jwk));
}

/** Where a request came from, as the audit trail names it. */
export async function addressOf(keys: KeyStore, from: string | undefined): Promise<{ readonly from?: string }> {
  return from === undefined ? {} : { from: hashAddress(await keys.secret('audit'), from) };
}
