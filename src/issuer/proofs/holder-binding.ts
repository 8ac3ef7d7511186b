import { type Static, Type } from 'typebox';
import { ProfileFault } from '../../formats/format.ts';
import type { JsonObject } from '../../lib/json.ts';
import type { ProofTrust } from './proof-trust.ts';

const closed = { additionalProperties: false };
const Algorithms = Type.Array(Type.Union([Type.Literal('ES256'), Type.Literal('EdDSA'), Type.Literal('Ed25519')]), { minItems: 1 });
const Levels = Type.Array(Type.String({ minLength: 1 }), { minItems: 1, uniqueItems: true });

/** What a key attestation must say (OpenID4VCI 1.0 appendix D.1); an empty object: that there is one. */
const AttestationDemands = Type.Object({ keyStorage: Type.Optional(Levels), userAuthentication: Type.Optional(Levels) }, closed);
export type AttestationDemands = Static<typeof AttestationDemands>;

const JwtProof = Type.Object(
  {
    algorithms: Algorithms,
    /** The key comes in a certificate that a trust anchor of the issuer's stands behind. */
    certificates: Type.Optional(Type.Literal('required')),
    keyAttestation: Type.Optional(
      Type.Object({ ...AttestationDemands.properties, nonce: Type.Optional(Type.Literal('required')) }, closed),
    ),
  },
  closed,
);
const AttestationProof = Type.Object({ algorithms: Algorithms, keyAttestation: Type.Optional(AttestationDemands) }, closed);

/** Presentations under these cryptosuites. */
const DiVpProof = Type.Object({ suites: Levels }, closed);

/** The part of a credential type that says whose key its credentials are bound to, and how that key is proven; left out, they are nobody's. */
export const HolderBinding = Type.Object(
  {
    methods: Type.Array(Type.Union([Type.Literal('jwk'), Type.Literal('cose_key'), Type.Literal('did:key'), Type.Literal('did:jwk')]), {
      minItems: 1,
    }),
    proofs: Type.Object(
      { jwt: Type.Optional(JwtProof), attestation: Type.Optional(AttestationProof), di_vp: Type.Optional(DiVpProof) },
      { ...closed, minProperties: 1 },
    ),
  },
  closed,
);
export type HolderBinding = Static<typeof HolderBinding>;

/** A key in the proof itself; one that the credential will hold as COSE_Key is proven by a `jwk` all the same (standards MD-12). */
export const takesJwk = ({ methods }: HolderBinding): boolean => methods.includes('jwk') || methods.includes('cose_key');

function requiredMetadata({ keyStorage, userAuthentication }: AttestationDemands): JsonObject {
  return {
    ...(keyStorage ? { key_storage: keyStorage } : {}),
    ...(userAuthentication ? { user_authentication: userAuthentication } : {}),
  };
}

/** §12.2.4 (standards V-67): absent where no attestation is asked for, empty where any level does. */
function proofMetadata({ jwt, attestation, di_vp: presentation }: HolderBinding['proofs']): JsonObject {
  return {
    ...(jwt && {
      jwt: {
        proof_signing_alg_values_supported: jwt.algorithms,
        ...(jwt.keyAttestation && { key_attestations_required: requiredMetadata(jwt.keyAttestation) }),
      },
    }),
    ...(attestation && {
      attestation: {
        proof_signing_alg_values_supported: attestation.algorithms,
        key_attestations_required: requiredMetadata(attestation.keyAttestation ?? {}),
      },
    }),
    ...(presentation && { di_vp: { proof_signing_alg_values_supported: presentation.suites } }),
  };
}

/** OpenID4VCI 1.0 §12.2.4 (standards V-66): both members when a key is bound, neither when none is. */
export function bindingMetadata(binding: HolderBinding | undefined): JsonObject {
  if (!binding) return {};
  return { cryptographic_binding_methods_supported: binding.methods, proof_types_supported: proofMetadata(binding.proofs) };
}

/** A type that no request could satisfy at this issuer is not published (quality Q27). */
export function findBindingFault({ methods, proofs }: HolderBinding, trust: ProofTrust): ProfileFault | undefined {
  const { jwt, attestation, di_vp: presentation } = proofs;
  const suites = trust.presentations?.suites ?? [];
  const strange = presentation?.suites.findIndex((suite) => !suites.includes(suite)) ?? -1;
  if (strange >= 0) return new ProfileFault(`/binding/proofs/di_vp/suites/${strange}`, `is none of ${suites.join(', ')}`);
  if (presentation && !methods.some((method) => method.startsWith('did:')))
    return new ProfileFault('/binding/methods', 'has no form for the keys of presentations');
  const attested = attestation ? '/binding/proofs/attestation' : jwt?.keyAttestation && '/binding/proofs/jwt/keyAttestation';
  if (attested && !trust.attesters) return new ProfileFault(attested, "needs the issuer's setting keyAttestation");
  if (attested && methods.every((method) => method === 'did:key'))
    return new ProfileFault('/binding/methods', 'has no form for attested keys');
  if (!jwt?.certificates) return undefined;
  const place = '/binding/proofs/jwt/certificates';
  if (!trust.holderCertificates) return new ProfileFault(place, "needs the issuer's setting holderCertificates");
  return takesJwk({ methods, proofs }) ? undefined : new ProfileFault('/binding/methods', 'has no form for certified keys');
}
