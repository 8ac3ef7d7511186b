import { createHmac } from 'node:crypto';
import { base64url, utf8 } from '../lib/bytes.ts';
import { isJsonObject } from '../lib/json.ts';
import { sealAlike, unseal } from '../lib/seal.ts';
import type { SubjectReference } from '../registry/registry.ts';

/** How the engine names a person: opaque, the same at every sign-in, and openable by us alone (design D6). */
export interface Accounts {
  idOf(subject: SubjectReference): string;
  subjectOf(accountId: string): SubjectReference | undefined;
  /** The `sub` a client sees: keyed, stable, and different for every sector (OpenID Connect Core §8.1). */
  pairwise(accountId: string, sector: string): string;
}

export function createAccounts(accountSecret: Uint8Array, pairwiseSecret: Uint8Array): Accounts {
  return {
    idOf: ({ registry, id }) => sealAlike(accountSecret, 'account', { registry, id }),
    subjectOf(accountId) {
      const opened = unseal(accountSecret, 'account', accountId);
      if (!isJsonObject(opened)) return undefined;
      const { registry, id } = opened;
      return typeof registry === 'string' && typeof id === 'string' ? { registry, id } : undefined;
    },
    pairwise: (accountId, sector) =>
      base64url(
        createHmac('sha256', pairwiseSecret)
          .update(utf8(`${sector}\n${accountId}`))
          .digest(),
      ),
  };
}
