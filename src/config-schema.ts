import { type Static, Type } from 'typebox';
import {
  Authorization,
  type ClientConfig,
  type ConsentConfig,
  type LimitConfig,
  type PreAuthorizedCodeConfig,
  Texts,
} from './config/authorization-schema.ts';
import { Deferral, type DeferralConfig } from './config/deferral-schema.ts';
import { HolderCertificates, type HolderCertificatesConfig, KeyAttestation, type KeyAttestationConfig } from './config/key-proof-schema.ts';
import { type OperatorServerConfig, OperatorSettings } from './config/operators-schema.ts';
import { CsvRegistry, type RegistryConfig } from './config/registry-schema.ts';
import { VcApi, type VcApiConfig } from './config/vc-api-schema.ts';
import type { LogLevel } from './lib/log.ts';

export type { ClientConfig, ConsentConfig, LimitConfig, PreAuthorizedCodeConfig, Texts } from './config/authorization-schema.ts';
export type { DeferralConfig } from './config/deferral-schema.ts';
export type { HolderCertificatesConfig, KeyAttestationConfig } from './config/key-proof-schema.ts';
export type { OperatorServerConfig } from './config/operators-schema.ts';
export type { RegistryConfig } from './config/registry-schema.ts';

const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ minLength: 1, description });

const SubjectLocation = Type.Object(
  {
    from: Type.Enum(['registry_reference', 'claim'], {
      description: 'registry_reference: a server of ours; claim: a claim of the access token.',
    }),
    name: Type.Optional(text('The claim, for `from: claim`.')),
  },
  closed,
);
const AuthorizationServer = Type.Object(
  {
    issuer: text('Issuer identifier of the server.'),
    audience: Type.Optional(text('Audience its tokens carry; by default the Credential Issuer identifier.')),
    subject: SubjectLocation,
  },
  closed,
);

const Issuer = Type.Object(
  {
    display: Type.Array(
      Type.Object(
        {
          name: text('Name of the authority.'),
          locale: text('BCP 47 tag.'),
          logo: Type.Optional(
            Type.Object(
              {
                file: text('SVG or PNG, relative to this file.'),
                altText: Type.String({ description: 'What it shows, for who cannot see it.' }),
              },
              closed,
            ),
          ),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    country: Type.String({ pattern: '^[A-Z]{2}$', description: 'Country of the certificates, ISO 3166-1 alpha-2.' }),
    organisation: text('Organisation of the certificates.'),
    registry: text('Name in `registries`: where claims come from.'),
    types: Type.Array(Type.String(), {
      minItems: 1,
      description: 'Credential type documents, relative to this file: each version is saved when it is first met.',
    }),
    messageEncryption: Type.Optional(
      Type.Enum(['off', 'optional', 'required'], {
        default: 'off',
        description: 'Whether credential requests and answers may or must travel encrypted (OpenID4VCI 1.0 §10).',
      }),
    ),
    deferral: Type.Optional(Deferral),
    keyAttestation: Type.Optional(KeyAttestation),
    holderCertificates: Type.Optional(HolderCertificates),
    compatibility: Type.Optional(
      Type.Enum(['off', 'draft13'], {
        default: 'off',
        description: 'Whether wallets of OpenID4VCI draft 13 (Inji Wallet, Mimoto) are served beside those of 1.0.',
      }),
    ),
    vcApi: Type.Optional(VcApi),
    batchSize: Type.Optional(
      Type.Integer({
        minimum: 2,
        maximum: 50,
        description: 'How many copies a wallet may ask for in one request, each for a key of its own; by default one and no more.',
      }),
    ),
    authorizationServers: Type.Optional(
      Type.Array(AuthorizationServer, { minItems: 1, description: 'Whose tokens are honoured; by default our own authorization server.' }),
    ),
  },
  closed,
);

const Wallet = Type.Object(
  {
    issuers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            identifier: text('Credential Issuer identifier.'),
            trustAnchor: Type.Optional(text('URL or file of the root certificate; by default trust-anchor.cer below the identifier.')),
          },
          closed,
        ),
        { description: 'Credential Issuers besides our own `issuers`.' },
      ),
    ),
    clients: Type.Optional(
      Type.Record(Type.String(), Type.Object({ clientId: text('Client identifier of our wallet there.') }, closed), {
        description: 'Issuer identifier of an authorization server besides our own, to our registration there.',
      }),
    ),
    categories: Type.Optional(
      Type.Array(Type.Object({ id: text('Name in addresses.'), name: Texts, configurations: Type.Array(Type.String()) }, closed), {
        description: 'Groups of the landing page, by credential configuration id.',
      }),
    ),
  },
  { ...closed, description: 'The web wallet.' },
);

const Roles = Type.Array(Type.Enum(['wallet', 'authorization', 'issuer']), {
  minItems: 1,
  uniqueItems: true,
  description: 'Services of this process; CHANCERY_ROLES wins. By default all three.',
});

/** The file that `CHANCERY_CONFIG` names. Unknown members are refused with the nearest known one. */
export const ConfigFile = Type.Object(
  {
    roles: Type.Optional(Roles),
    registries: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), CsvRegistry, { description: 'Registries of people, by name.' }),
    ),
    authorization: Type.Optional(Authorization),
    issuers: Type.Optional(
      Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), Issuer, {
        description: 'Credential Issuers, by the name in their address.',
      }),
    ),
    wallet: Type.Optional(Wallet),
    operators: Type.Optional(OperatorSettings),
  },
  closed,
);

export type ConfigFile = Static<typeof ConfigFile>;
export type AuthorizationServerConfig = Static<typeof AuthorizationServer>;
export type Role = 'wallet' | 'authorization' | 'issuer';
export type Mode = 'demo' | 'production';

/** What the authorization layer is started with: defaults filled in, addresses resolved. */
export interface AuthorizationConfig {
  readonly registry: string;
  readonly factors: readonly ('otp' | 'password' | 'knowledge')[];
  readonly clients: readonly ClientConfig[];
  readonly credentialIssuers: readonly string[];
  readonly consent: Readonly<Record<string, ConsentConfig>>;
  readonly limits: { readonly account: LimitConfig; readonly client: LimitConfig; readonly network: LimitConfig };
  readonly refreshTokenDays: number;
  readonly preAuthorizedCode: PreAuthorizedCodeConfig | undefined;
  /** The demo's mailbox page is served; never in production. */
  readonly mailbox: boolean;
  /** Identity number of an invented person that the pages of the demo name. */
  readonly tryWith?: string | undefined;
  /** Root of our own wallet, where there is one. */
  readonly wallet?: string | undefined;
}

export interface IssuerConfig {
  readonly name: string;
  readonly identifier: string;
  /** Logo files are absolute paths. */
  readonly display: Static<typeof Issuer>['display'];
  readonly country: string;
  readonly organisation: string;
  readonly registry: string;
  /** Absolute paths of credential type documents. */
  readonly types: readonly string[];
  /** Copies in one request at most; `undefined` where batches are not offered. */
  readonly batchSize?: number;
  readonly authorizationServers: readonly AuthorizationServerConfig[];
  readonly messageEncryption: 'off' | 'optional' | 'required';
  readonly deferral: DeferralConfig;
  /** `undefined`: no key attestation is believed. Anchors are absolute paths. */
  readonly keyAttestation?: KeyAttestationConfig;
  readonly holderCertificates?: HolderCertificatesConfig;
  readonly compatibility: 'off' | 'draft13';
  /** Undefined where the VC API is not served. */
  readonly vcApi?: VcApiConfig;
}

export interface WalletConfig {
  /** `trustAnchor` is a URL or an absolute path. */
  readonly issuers: readonly { readonly identifier: string; readonly trustAnchor: string }[];
  readonly clients: Readonly<Record<string, { readonly clientId: string }>>;
  readonly categories: readonly { readonly id: string; readonly name: Texts; readonly configurations: readonly string[] }[];
}

/** Everything a process is started with, made once by `config.ts`. */
export interface Config {
  readonly mode: Mode;
  readonly roles: readonly Role[];
  /** Absolute path of the settings file that was read. */
  readonly file: string;
  /** Absolute folder for keys, the embedded database and nothing else. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  /** The operators' listener; always on loopback. */
  readonly operatorPort: number;
  readonly logLevel: LogLevel;
  readonly trustedProxies: readonly string[];
  readonly keyEncryptionKey: Uint8Array | undefined;
  readonly databaseUrl: string | undefined;
  readonly publicUrls: { readonly wallet: URL; readonly authorization: URL; readonly issuer: URL };
  readonly registries: Readonly<Record<string, RegistryConfig>>;
  readonly authorization: AuthorizationConfig;
  readonly issuers: readonly IssuerConfig[];
  readonly wallet: WalletConfig;
  readonly operators: { readonly authorizationServer?: OperatorServerConfig };
}
