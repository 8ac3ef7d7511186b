import type { SigningAlgorithm } from '../../keys/keys.ts';
import type { CredentialType } from '../credential-type.ts';

/** A key that signs Token Status Lists because it signs the credentials that point at them (docs/adr/0055). */
export interface ListSigner {
  /** The last part of the list's address. */
  readonly name: string;
  /** Name of a key of the type's own; `undefined` for the one that types share. */
  readonly key: string | undefined;
  readonly algorithm: SigningAlgorithm;
}

/** Whose list the credentials of a type point at; `undefined` for the key that most types share, whose lists have the plain address. */
export function listSignerOf({ status, key, algorithm }: Pick<CredentialType, 'status' | 'key' | 'algorithm'>): ListSigner | undefined {
  if (status !== 'token_status_list' || (key === undefined && algorithm === 'ES256')) return undefined;
  const name = algorithm.toLowerCase();
  return { name: key === undefined ? name : `own-${key}-${name}`, key, algorithm };
}
