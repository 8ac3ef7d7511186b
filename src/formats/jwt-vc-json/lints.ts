import { numericDate } from '../../lib/clock.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { Lint } from '../format.ts';
import { orderLints } from '../order-lints.ts';
import { type W3cDraft, w3cLints } from '../w3c-lints.ts';

/** What is about to be signed, read back from its own text. */
export interface JwtVcDraft extends W3cDraft {
  readonly header: JsonObject;
  readonly payload: JsonObject;
}

type Rule = Lint<JwtVcDraft>;
const isOld = ({ profile }: W3cDraft) => profile.dataModel === '1.1';
/** A rule of VCDM 1.1 §6.3.1 alone: 2.0 has no JWT claims beside the credential. */
const old = (id: string, holds: Rule['holds']): Rule => ({
  id,
  clause: 'VCDM 1.1 §6.3.1',
  holds: (draft, order) => !isOld(draft) || holds(draft, order),
});

export const jwtVcJsonLints: readonly Rule[] = [
  ...orderLints,
  ...w3cLints,
  { id: 'jwt-vc/alg', clause: 'RFC 7515 §4.1.1', holds: ({ header }, { signer }) => header.alg === signer.algorithm },
  {
    id: 'jwt-vc/typ',
    clause: 'VCDM 1.1 §6.3.1, VC-JOSE-COSE §3.1.1',
    holds: (draft) => draft.header.typ === (isOld(draft) ? 'JWT' : 'vc+jwt'),
  },
  { id: 'jwt-vc/cty', clause: 'VC-JOSE-COSE §3.1.1', holds: (draft) => draft.header.cty === (isOld(draft) ? undefined : 'vc') },
  {
    id: 'jwt-vc/kid',
    clause: 'VC-JOSE-COSE §3.3.1',
    holds: ({ header }, { issuerDid, signer }) => header.kid === `${issuerDid}#${signer.keyId}`,
  },
  {
    id: 'jwt-vc/x5c',
    clause: 'RFC 7515 §4.1.6',
    holds: ({ header }, { signer }) => ((header.x5c ?? []) as readonly string[]).length === signer.certificates.length,
  },
  {
    id: 'jwt-vc/no-key-in-header',
    clause: 'RFC 8725 §3.10',
    holds: ({ header }) => !('jwk' in header || 'jku' in header || 'x5u' in header),
  },
  { id: 'jwt-vc/no-critical-extension', clause: 'RFC 7515 §4.1.11', holds: ({ header }) => !('crit' in header || 'b64' in header) },
  { id: 'jwt-vc/no-audience', clause: 'RFC 7519 §4.1.3', holds: ({ payload }) => !('aud' in payload) },
  { id: 'jwt-vc/no-presentation', clause: 'VC-JOSE-COSE §3.1.3', holds: ({ payload }) => !('vp' in payload) },
  {
    id: 'jwt-vc/no-claim-beside-the-credential',
    clause: 'VC-JOSE-COSE §3.1.3',
    holds: (draft) => isOld(draft) || !('vc' in draft.payload || 'iss' in draft.payload || 'sub' in draft.payload),
  },
  old('jwt-vc/iss', ({ payload }, { issuerDid }) => payload.iss === issuerDid),
  old('jwt-vc/sub', ({ payload }, { holder }) => payload.sub === holder?.did),
  old('jwt-vc/nbf', ({ payload }, { issuedAt }) => payload.nbf === numericDate(issuedAt)),
  old('jwt-vc/exp', ({ payload }, { expiresAt }) => payload.exp === (expiresAt && numericDate(expiresAt))),
  old('jwt-vc/jti', ({ payload, credential }) => payload.jti === credential.id),
];
