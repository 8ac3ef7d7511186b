import { type Static, Type } from 'typebox';

const closed = { additionalProperties: false };
const Anchors = (description: string) => Type.Array(Type.String(), { minItems: 1, description });

/** Who may attest holders' keys (OpenID4VCI 1.0 appendix D). */
export const KeyAttestation = Type.Object(
  {
    anchors: Type.Optional(Anchors('Root certificates of wallet providers, PEM or DER, relative to this file.')),
    attesters: Type.Optional(
      Type.Array(
        Type.Object(
          {
            issuer: Type.String({ minLength: 1, description: 'The `iss` of its attestations.' }),
            jwks: Type.Object(
              { keys: Type.Array(Type.Record(Type.String(), Type.Unknown()), { minItems: 1 }) },
              { description: 'Its public keys; an attestation names one by `kid`.' },
            ),
          },
          closed,
        ),
        { minItems: 1, description: 'Wallet providers without certificates.' },
      ),
    ),
    dpopKey: Type.Optional(
      Type.Enum(['unasked', 'required'], {
        default: 'unasked',
        description: 'required: access tokens are honoured only when a `key_attestation` in the DPoP proof attests the key.',
      }),
    ),
  },
  { ...closed, description: 'Whose key attestations are believed; credential types say where one is needed.' },
);
export type KeyAttestationConfig = Static<typeof KeyAttestation>;

/** Whose certificates of holders are believed. */
export const HolderCertificates = Type.Object(
  { anchors: Anchors('Root certificates, PEM or DER, relative to this file.') },
  { ...closed, description: 'For credential types that want the holder to be certified (`x5c` in the proof).' },
);
export type HolderCertificatesConfig = Static<typeof HolderCertificates>;
