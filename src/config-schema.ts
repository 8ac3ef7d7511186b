import { type Static, Type } from 'typebox';

/** A text in several languages, by BCP 47 tag; `en` is the fallback. */
const Texts = Type.Record(Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$' }), Type.String());
const closed = { additionalProperties: false };

const CsvRegistry = Type.Object(
  {
    kind: Type.Literal('csv'),
    file: Type.String({ description: 'CSV file, relative to this configuration file.' }),
    deadlineSeconds: Type.Optional(Type.Number({ default: 2, minimum: 0.1, description: 'A slower answer counts as unavailable.' })),
  },
  closed,
);

const Client = Type.Object(
  {
    clientId: Type.String(),
    name: Texts,
    redirectUris: Type.Array(Type.String(), { minItems: 1 }),
    authentication: Type.Union([Type.Literal('private_key_jwt'), Type.Literal('none')]),
    jwksUri: Type.Optional(Type.String()),
    jwks: Type.Optional(Type.Object({ keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) })),
    requirePushedAuthorization: Type.Optional(Type.Boolean({ default: false })),
    requireDpop: Type.Optional(Type.Boolean({ default: false })),
  },
  closed,
);

const ConsentScope = Type.Object(
  {
    purpose: Texts,
    retention: Type.Optional(Texts),
    claims: Type.Record(
      Type.String({ description: 'Claim path of the issuer metadata, joined by dots.' }),
      Type.Object(
        {
          name: Type.String({ description: 'Claim of the registry.' }),
          mask: Type.Union(['initials', 'year', 'last3', 'open', 'hidden'].map((rule) => Type.Literal(rule))),
        },
        closed,
      ),
    ),
  },
  closed,
);

const Limit = Type.Object({ limit: Type.Integer({ minimum: 1 }), windowSeconds: Type.Integer({ minimum: 1 }) }, closed);

const Authorization = Type.Object(
  {
    registry: Type.String({ description: 'Name in `registries`: who verifies evidence.' }),
    factors: Type.Array(Type.Union([Type.Literal('otp'), Type.Literal('password'), Type.Literal('knowledge')]), { minItems: 1 }),
    clients: Type.Optional(Type.Array(Client)),
    credentialIssuers: Type.Optional(
      Type.Array(Type.String({ description: 'Identifiers of Credential Issuers besides our own `issuers`.' })),
    ),
    consent: Type.Optional(Type.Record(Type.String({ description: 'Scope.' }), ConsentScope)),
    limits: Type.Optional(
      Type.Object({ account: Type.Optional(Limit), client: Type.Optional(Limit), network: Type.Optional(Limit) }, closed),
    ),
  },
  closed,
);

const SubjectLocation = Type.Object(
  {
    from: Type.Union([Type.Literal('registry_reference'), Type.Literal('claim')]),
    name: Type.Optional(Type.String()),
    registryKey: Type.Optional(Type.String()),
  },
  closed,
);
const AuthorizationServer = Type.Object(
  { issuer: Type.String(), audience: Type.Optional(Type.String()), subject: SubjectLocation },
  closed,
);

const Issuer = Type.Object(
  {
    display: Type.Array(
      Type.Object(
        {
          name: Type.String(),
          locale: Type.String(),
          logo: Type.Optional(Type.Object({ file: Type.String(), altText: Type.String() }, closed)),
        },
        closed,
      ),
      { minItems: 1 },
    ),
    country: Type.String({ pattern: '^[A-Z]{2}$' }),
    organisation: Type.String(),
    registry: Type.String(),
    types: Type.Array(Type.String({ description: 'Credential type documents, relative to this file.' }), { minItems: 1 }),
    authorizationServers: Type.Optional(Type.Array(AuthorizationServer)),
  },
  closed,
);

const Wallet = Type.Object(
  {
    issuers: Type.Optional(
      Type.Array(
        Type.Object(
          {
            identifier: Type.String(),
            trustAnchor: Type.Optional(
              Type.String({ description: 'URL or file of the root certificate; by default trust-anchor.cer below the identifier.' }),
            ),
          },
          closed,
        ),
      ),
    ),
    clients: Type.Optional(
      Type.Record(
        Type.String({ description: 'Issuer identifier of an authorization server.' }),
        Type.Object({ clientId: Type.String() }, closed),
      ),
    ),
    categories: Type.Optional(
      Type.Array(Type.Object({ id: Type.String(), name: Texts, configurations: Type.Array(Type.String()) }, closed)),
    ),
  },
  closed,
);

/** The file that `CHANCERY_CONFIG` names. Unknown members are refused with the nearest known one. */
export const ConfigFile = Type.Object(
  {
    registries: Type.Record(Type.String(), CsvRegistry),
    authorization: Type.Optional(Authorization),
    issuers: Type.Optional(Type.Record(Type.String({ pattern: '^[a-z][a-z0-9-]*$' }), Issuer)),
    wallet: Type.Optional(Wallet),
  },
  closed,
);

export type ConfigFile = Static<typeof ConfigFile>;
export type RegistryConfig = Static<typeof CsvRegistry>;
export type ClientConfig = Static<typeof Client>;
export type ConsentConfig = Static<typeof ConsentScope>;
export type LimitConfig = Static<typeof Limit>;
export type AuthorizationServerConfig = Static<typeof AuthorizationServer>;
export type Texts = Static<typeof Texts>;
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
  /** The demo's mailbox page is served; never in production. */
  readonly mailbox: boolean;
}

export interface IssuerConfig {
  readonly name: string;
  readonly identifier: string;
  readonly display: Static<typeof Issuer>['display'];
  readonly country: string;
  readonly organisation: string;
  readonly registry: string;
  /** Absolute paths of credential type documents. */
  readonly types: readonly string[];
  readonly authorizationServers: readonly AuthorizationServerConfig[];
}

export interface WalletConfig {
  readonly issuers: readonly { readonly identifier: string; readonly trustAnchor: string }[];
  readonly clients: Readonly<Record<string, { readonly clientId: string }>>;
  readonly categories: readonly { readonly id: string; readonly name: Texts; readonly configurations: readonly string[] }[];
}

/** Everything a process is started with, made once by `config.ts`. */
export interface Config {
  readonly mode: Mode;
  readonly roles: readonly Role[];
  /** Absolute folder for keys, the embedded database and nothing else. */
  readonly dataFolder: string;
  readonly host: string;
  readonly port: number;
  readonly operatorPort: number;
  readonly trustedProxies: readonly string[];
  readonly keyEncryptionKey: Uint8Array | undefined;
  readonly databaseUrl: string | undefined;
  readonly publicUrls: { readonly wallet: URL; readonly authorization: URL; readonly issuer: URL };
  readonly registries: Readonly<Record<string, RegistryConfig>>;
  readonly authorization: AuthorizationConfig;
  readonly issuers: readonly IssuerConfig[];
  readonly wallet: WalletConfig;
}
