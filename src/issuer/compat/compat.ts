import type { IssuerConfig } from '../../config-schema.ts';
import type { NonceMint } from '../../oauth/nonce.ts';
import type { Dialect } from '../dialect.ts';
import { createDraft13 } from './draft13.ts';

/** The older drafts an issuer speaks beside 1.0: none unless its settings say so. */
export function openDialects({ compatibility }: IssuerConfig, nonces: NonceMint): readonly Dialect[] {
  return compatibility === 'draft13' ? [createDraft13(nonces)] : [];
}
