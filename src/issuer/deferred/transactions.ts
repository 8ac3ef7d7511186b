import { createHmac } from 'node:crypto';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { Holder } from '../../formats/format.ts';
import { base64url, sha256Base64url } from '../../lib/bytes.ts';
import type { Json } from '../../lib/json.ts';
import { seal, unseal } from '../../lib/seal.ts';
import type { SubjectReference } from '../../registry/registry.ts';
import type { Deferral } from '../../store/deferrals.ts';
import type { Grant } from '../access-token.ts';

/** What a pickup needs of the request that was put off. */
export interface Transaction {
  readonly subject: SubjectReference;
  /** The keys that were proven then, or a single `undefined` where none was needed: no pickup changes them (quality F2). */
  readonly holders: readonly (Holder | undefined)[];
  /** Thumbprint of the key that the first request wanted its answer encrypted to. */
  readonly responseKey?: string;
}

/** How one issuer names, binds and seals what it put off. */
export interface Transactions {
  /** Under which a transaction_id is kept. */
  idOf(transactionId: string): string;
  /** Who may pick up: what a token and the one after it have in common, and no other person's, client's or key's has. */
  ownerOf(grant: Grant, subject: SubjectReference): string;
  seal(id: string, transaction: Transaction): string;
  /** `undefined` once nothing of it is kept. */
  open(deferral: Pick<Deferral, 'id' | 'content'>): Transaction | undefined;
}

const Content = Type.Object({
  subject: Type.Object({ registry: Type.String(), id: Type.String() }),
  holders: Type.Array(Type.Unknown()),
  responseKey: Type.Optional(Type.String()),
});
const content = Compile(Content);

/** `secret` is 32 bytes; `identifier` is the Credential Issuer's. */
export function createTransactions(identifier: string, secret: Uint8Array): Transactions {
  const contextOf = (id: string) => `deferral\n${identifier}\n${id}`;
  return {
    idOf: (transactionId) => sha256Base64url(JSON.stringify(['deferral', identifier, transactionId])),
    ownerOf({ server, clientId, boundThumbprint, tokenId }, { registry, id }) {
      // With neither client nor key nothing tells the next token's bearer from any other: then this very token is meant.
      const bearer = clientId === undefined && boundThumbprint === undefined ? tokenId : '';
      const named = JSON.stringify(['owner', identifier, server.issuer, clientId ?? '', boundThumbprint ?? '', bearer, registry, id]);
      return base64url(createHmac('sha256', secret).update(named).digest());
    },
    seal: (id, transaction) => seal(secret, contextOf(id), transaction as unknown as Json),
    open({ id, content: sealed }) {
      const opened = unseal(secret, contextOf(id), sealed);
      if (!content.Check(opened)) return undefined;
      const transaction = opened as Transaction;
      // JSON writes null for a copy without a key.
      return { ...transaction, holders: transaction.holders.map((holder) => holder ?? undefined) };
    },
  };
}
