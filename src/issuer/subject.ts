import type { KeyStore } from '../keys/keys.ts';
import { decryptWith, JweFault } from '../oauth/jwe.ts';
import type { SubjectReference } from '../registry/registry.ts';
import { type Grant, invalidToken } from './access-token.ts';

export interface SubjectOptions {
  readonly issuerName: string;
  readonly identifier: string;
  /** The issuer's own registry: the one a foreign server's subject is looked up in. */
  readonly registry: string;
  readonly keys: KeyStore;
}

/** Design D6: opens the reference that our authorization layer sealed to this issuer and this very token. */
async function openReference({ payload }: Grant, { issuerName, identifier, keys }: SubjectOptions): Promise<SubjectReference> {
  const { registry_reference: sealed, jti } = payload;
  if (typeof sealed !== 'string') throw invalidToken('The access token names no subject this issuer can look up.');
  try {
    const reference = await decryptWith(await keys.decrypters(`registry-reference:${issuerName}`), sealed, 'registry-reference');
    const { registry, id, iss, jti: boundTo } = reference;
    if (iss !== identifier || boundTo !== jti || typeof registry !== 'string' || typeof id !== 'string')
      throw new JweFault('made for another token or issuer');
    return { registry, id };
  } catch (fault) {
    if (fault instanceof JweFault) throw invalidToken('The access token names no subject this issuer can look up.', fault.message);
    throw fault;
  }
}

/** Whom the token is about: sealed by our own authorization layer, or in a named claim of a foreign one. */
export async function findSubject(grant: Grant, options: SubjectOptions): Promise<SubjectReference> {
  const { subject } = grant.server;
  if (subject.from === 'registry_reference') return openReference(grant, options);
  const id = grant.payload[subject.name ?? 'sub'];
  if (typeof id !== 'string' || id === '')
    throw invalidToken('The access token does not name its subject where the operator said it stands.');
  return { registry: options.registry, id };
}
