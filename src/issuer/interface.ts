import { Type } from 'typebox';
import type { Media, Operation, ServiceInterface } from '../operation.ts';
import { issuerRoutes } from '../routes.ts';

const text = Type.String({ minLength: 1 });
const address = Type.String({ format: 'uri' });
const object = Type.Record(Type.String(), Type.Unknown());
const Keys = Type.Object({ keys: Type.Array(Type.Object({ kty: text })) });
const media = (mediaType: string): readonly Media[] => [{ mediaType }];

/** OpenID4VCI 1.0 §12.2.4; metadata may come signed (§12.2.3). */
const Metadata = Type.Object({
  credential_issuer: address,
  authorization_servers: Type.Optional(Type.Array(address, { minItems: 1 })),
  credential_endpoint: address,
  nonce_endpoint: Type.Optional(address),
  deferred_credential_endpoint: Type.Optional(address),
  notification_endpoint: Type.Optional(address),
  credential_request_encryption: Type.Optional(
    Type.Object({ jwks: Keys, enc_values_supported: Type.Array(text, { minItems: 1 }), encryption_required: Type.Boolean() }),
  ),
  credential_response_encryption: Type.Optional(
    Type.Object({
      alg_values_supported: Type.Array(text, { minItems: 1 }),
      enc_values_supported: Type.Array(text, { minItems: 1 }),
      encryption_required: Type.Boolean(),
    }),
  ),
  batch_credential_issuance: Type.Optional(Type.Object({ batch_size: Type.Integer({ minimum: 2 }) })),
  display: Type.Optional(Type.Array(Type.Object({ name: Type.Optional(text), locale: Type.Optional(text) }), { minItems: 1 })),
  credential_configurations_supported: Type.Record(Type.String(), Type.Object({ format: text, scope: Type.Optional(text) })),
});

/** §8.2; which members belong together is told in the refusal. */
const CredentialRequest = Type.Object({
  credential_identifier: Type.Optional(text),
  credential_configuration_id: Type.Optional(text),
  proofs: Type.Optional(Type.Record(Type.String(), Type.Array(Type.Unknown(), { minItems: 1 }))),
  credential_response_encryption: Type.Optional(Type.Object({ jwk: object, enc: text, zip: Type.Optional(text) })),
});
/** §8.3 and §9.2 */
const Issued = Type.Object({
  credentials: Type.Array(Type.Object({ credential: Type.Union([text, object]) }), { minItems: 1 }),
  notification_id: Type.Optional(text),
});
/** What wallets of draft 13 are answered, where an issuer serves them (`compatibility`). */
const IssuedOfDraft13 = Type.Object({
  credential: Type.Union([text, object]),
  c_nonce: text,
  c_nonce_expires_in: Type.Integer({ minimum: 1 }),
  notification_id: Type.Optional(text),
});
const IssuedInEitherDraft = Type.Union([Issued, IssuedOfDraft13]);
const Waiting = Type.Object({ transaction_id: text, interval: Type.Integer({ minimum: 1 }) });
const encryptable = (schema: typeof Issued | typeof IssuedInEitherDraft | typeof Waiting | typeof CredentialRequest): readonly Media[] => [
  { mediaType: 'application/json', schema },
  { mediaType: 'application/jwt' },
];

const metadata: Operation = {
  summary: 'Read what this Credential Issuer offers',
  answers: { 200: [{ mediaType: 'application/json', schema: Metadata }, { mediaType: 'application/jwt' }], 304: undefined },
};
const documentAs = (summary: string, mediaType: string): Operation => ({
  summary,
  answers: { 200: media(mediaType), 304: undefined },
});

/** A Credential Issuer as wallets and verifiers see it (OpenID4VCI 1.0). */
export const issuerInterface: ServiceInterface = {
  tag: 'Credential Issuer',
  base: '/issuers/{issuer}',
  routes: {
    'GET /.well-known/openid-credential-issuer/issuers/{issuer}': metadata,
    'GET /issuers/{issuer}/.well-known/openid-credential-issuer': metadata,
    'GET /.well-known/jwt-vc-issuer/issuers/{issuer}': {
      summary: 'Find the keys of this issuer by its name in a credential',
      answers: { 200: Type.Object({ issuer: address, jwks_uri: address }), 304: undefined },
    },
    [`GET ${issuerRoutes.jwks}`]: { summary: 'Read the keys that credentials are signed with', answers: { 200: Keys, 304: undefined } },
    [`GET ${issuerRoutes.didDocument}`]: {
      summary: 'Read the DID document of this issuer',
      answers: { 200: Type.Object({ id: text, verificationMethod: Type.Array(object) }), 304: undefined },
    },
    [`GET ${issuerRoutes.trustAnchor}`]: documentAs('Read the root certificate as DER', 'application/pkix-cert'),
    [`GET ${issuerRoutes.trustAnchorPem}`]: documentAs('Read the root certificate as PEM', 'application/pem-certificate-chain'),
    [`GET ${issuerRoutes.revocationList}`]: documentAs('Read the revocation list of the root', 'application/pkix-crl'),
    'GET /logos/:file': documentAs('Read a logo', 'image/*'),
    'GET /*': documentAs('Read a document that a credential type publishes', '*/*'),
    [`GET ${issuerRoutes.credentialOffers}/:name`]: {
      summary: 'Read a credential offer',
      answers: {
        200: Type.Object({
          credential_issuer: address,
          credential_configuration_ids: Type.Array(text, { minItems: 1 }),
          grants: Type.Optional(object),
        }),
      },
    },
    [`GET ${issuerRoutes.statusLists}/:name`]: {
      summary: 'Read a status list',
      answers: { 200: [...media('application/statuslist+jwt'), ...media('application/statuslist+cwt')], 304: undefined },
    },
    [`GET ${issuerRoutes.statusLists}/:name/:signer`]: {
      summary: 'Read a status list, signed by one of the keys',
      answers: { 200: [...media('application/statuslist+jwt'), ...media('application/statuslist+cwt')], 304: undefined },
    },
    [`GET ${issuerRoutes.statusLists}/:name/:securing/:purpose`]: documentAs(
      'Read a status list as a credential (Bitstring Status List)',
      'application/*',
    ),
    [`POST ${issuerRoutes.nonce}`]: { summary: 'Get a nonce for the proofs of keys', answers: { 200: Type.Object({ c_nonce: text }) } },
    [`POST ${issuerRoutes.credential}`]: {
      summary: 'Ask for a credential, with an access token and proofs of the keys it shall be bound to',
      body: encryptable(CredentialRequest),
      answers: { 200: encryptable(IssuedInEitherDraft), 202: encryptable(Waiting) },
    },
    [`POST ${issuerRoutes.deferredCredential}`]: {
      summary: 'Ask again for a credential that was not ready',
      body: [{ mediaType: 'application/json', schema: Type.Object({ transaction_id: text }) }, { mediaType: 'application/jwt' }],
      answers: { 200: encryptable(Issued), 202: encryptable(Waiting) },
    },
    [`POST ${issuerRoutes.notification}`]: {
      summary: 'Tell what became of a credential',
      body: Type.Object({ notification_id: text, event: text, event_description: Type.Optional(Type.String()) }),
      answers: { 204: undefined },
    },
  },
};
