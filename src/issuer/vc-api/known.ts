import type { JudgingTools } from '../../formats/credential-documents.ts';
import { readHolderKid } from '../../oauth/holder-key.ts';
import { readMultikey } from '../../oauth/multikey.ts';
import { issuerRoutes } from '../../routes.ts';
import { findVerificationKey } from '../key-documents.ts';
import type { DocumentIssuer } from './issue-document.ts';

/** The keys of this issuer, and those that DIDs carry in themselves; nothing is fetched. */
export function createFindKey(issuer: Pick<DocumentIssuer, 'config' | 'keys' | 'keyNames'>): JudgingTools['findKey'] {
  return async (method) => {
    const [did = '', fragment] = method.split('#');
    // did:key method §3.1: any Multikey, named by itself.
    if (did.startsWith('did:key:')) return did.slice('did:key:'.length) === fragment ? readMultikey(fragment) : undefined;
    return readHolderKid(method)?.jwk ?? findVerificationKey(issuer, method);
  };
}

/** What a list of this issuer says of a place (Bitstring Status List 1.0 §3.2); lists of others are not asked. */
export function createFindStatus({
  config: { identifier },
  statusLists,
}: Pick<DocumentIssuer, 'config' | 'statusLists'>): JudgingTools['findStatus'] {
  const own = `${identifier}${issuerRoutes.statusLists}/`;
  return async ({ statusListCredential: address, statusListIndex, statusPurpose }) => {
    if (typeof address !== 'string' || !address.startsWith(own)) return undefined;
    const name = address.slice(own.length).split('/')[0] ?? '';
    const list = await statusLists.find(identifier, name);
    if (!list) return 'The status list is not known to its own issuer.';
    const index = typeof statusListIndex === 'string' && /^\d{1,9}$/.test(statusListIndex) ? Number(statusListIndex) : Number.NaN;
    if (!(index < list.size)) return 'The status has no place in its list.';
    const change = (await statusLists.changes(identifier, name)).find((entry) => entry.index === index);
    const says = change && { invalid: 'revocation', suspended: 'suspension' }[change.status];
    return says !== undefined && says === statusPurpose ? `The status list says ${says} of the credential.` : undefined;
  };
}
