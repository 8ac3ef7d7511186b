import type { JsonObject } from '../../lib/json.ts';
import { mintNonce, type NonceMint } from '../../oauth/nonce.ts';
import { Refusal } from '../../oauth/refusal.ts';
import type { Dialect } from '../dialect.ts';
import { draft13Metadata } from './draft13-metadata.ts';
import { translateRequest } from './draft13-request.ts';

/** Draft 13 §7.3: one credential, and the nonce of the next request beside it. */
function answerOf(text: string, nonce: JsonObject): string {
  const { credentials, ...others } = JSON.parse(text) as { credentials?: readonly [{ credential: string | JsonObject }] };
  return JSON.stringify({ ...(credentials ? { credential: credentials[0].credential } : {}), ...others, ...nonce });
}

/** Codes of 1.0 in the words of draft 13 §7.3.1.2, which knows no others for a faulty request. */
const olderCodes: Readonly<Record<string, string>> = {
  invalid_nonce: 'invalid_proof',
  unknown_credential_configuration: 'unsupported_credential_type',
  unknown_credential_identifier: 'unsupported_credential_type',
  credential_request_denied: 'invalid_credential_request',
};

/** Draft 13 §7.3.2: with a proof that will not do comes the nonce for the next one, for there is no other place to ask. */
function refusalOf(fault: unknown, nonce: JsonObject): unknown {
  if (!(fault instanceof Refusal)) return fault;
  const error = olderCodes[fault.error] ?? fault.error;
  const { status, description, cause, headers } = fault;
  const members = error === 'invalid_proof' ? { ...fault.members, ...nonce } : fault.members;
  return new Refusal(status, error, description, { cause, headers, members });
}

/** OpenID4VCI draft 13, as Inji Wallet, Mimoto and others of 2024 speak it (standards §12). */
export function createDraft13(nonces: NonceMint): Dialect {
  const freshNonce = () => ({ c_nonce: mintNonce(nonces), c_nonce_expires_in: nonces.lifetimeSeconds });
  return {
    versions: ['draft13', 'vd13'],
    // §11.2.2 appends to the identifier; the second is where wallets of Inji Certify look.
    metadataPaths: ['/.well-known/openid-credential-issuer', '/issuance/.well-known/openid-credential-issuer'],
    metadata: draft13Metadata,
    // Only `format` names a credential here, or a `credential_identifier` beside the single proof; later drafts say `proofs`.
    speaks: ({ format, proof, proofs, credential_configuration_id: configuration }) =>
      (format !== undefined || proof !== undefined) && proofs === undefined && configuration === undefined,
    async converse(asked, serve) {
      try {
        return answerOf(await serve(translateRequest(asked)), freshNonce());
      } catch (fault) {
        throw refusalOf(fault, freshNonce());
      }
    },
  };
}
