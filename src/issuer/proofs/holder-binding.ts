import { type Static, Type } from 'typebox';
import type { JsonObject } from '../../lib/json.ts';

const closed = { additionalProperties: false };
const Algorithms = Type.Array(Type.Union([Type.Literal('ES256'), Type.Literal('EdDSA')]), { minItems: 1 });

/** The part of a credential type that says whose key its credentials are bound to, and how that key is proven; left out, they are nobody's. */
export const HolderBinding = Type.Object(
  {
    methods: Type.Array(Type.Union([Type.Literal('jwk'), Type.Literal('cose_key'), Type.Literal('did:key'), Type.Literal('did:jwk')]), {
      minItems: 1,
    }),
    proofs: Type.Object({ jwt: Type.Object({ algorithms: Algorithms }, closed) }, closed),
  },
  closed,
);
export type HolderBinding = Static<typeof HolderBinding>;

/** OpenID4VCI 1.0 §12.2.4 (standards V-66): both members when a key is bound, neither when none is. */
export function bindingMetadata(binding: HolderBinding | undefined): JsonObject {
  if (!binding) return {};
  return {
    cryptographic_binding_methods_supported: binding.methods,
    proof_types_supported: { jwt: { proof_signing_alg_values_supported: binding.proofs.jwt.algorithms } },
  };
}
