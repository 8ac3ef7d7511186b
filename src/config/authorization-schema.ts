import { type Static, Type } from 'typebox';

/** A text in several languages, by BCP 47 tag; `en` is the fallback. */
export const Texts = Type.Record(Type.String({ pattern: '^[a-z]{2,3}(-[A-Za-z0-9]+)*$' }), Type.String({ minLength: 1 }), {
  description: 'Text by BCP 47 language tag; en is the fallback.',
});
const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ minLength: 1, description });

/** A client of the authorization server. */
export const Client = Type.Object(
  {
    clientId: text('Client identifier.'),
    name: Texts,
    redirectUris: Type.Array(Type.String(), { minItems: 1, description: 'Compared letter by letter.' }),
    authentication: Type.Enum(['private_key_jwt', 'none'], { description: 'none: a public client, PKCE alone.' }),
    jwksUri: Type.Optional(text("Address of the client's keys, for private_key_jwt.")),
    jwks: Type.Optional(
      Type.Object(
        { keys: Type.Array(Type.Record(Type.String(), Type.Unknown())) },
        { description: "The client's keys themselves, instead of jwksUri." },
      ),
    ),
    requirePushedAuthorization: Type.Optional(
      Type.Boolean({ default: false, description: 'Authorization requests only by PAR (RFC 9126).' }),
    ),
    refreshTokens: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'Refresh tokens with every access token, so that documents can be renewed without a sign-in.',
      }),
    ),
    requireDpop: Type.Optional(Type.Boolean({ default: false, description: 'Access tokens only bound to a key (RFC 9449).' })),
  },
  closed,
);

/** What the consent page of one scope says (design D21). */
export const ConsentScope = Type.Object(
  {
    purpose: Texts,
    retention: Type.Optional(Texts),
    claims: Type.Record(
      Type.String(),
      Type.Object(
        {
          name: text('Claim of the registry.'),
          mask: Type.Enum(['initials', 'year', 'last3', 'open', 'hidden'], {
            description: 'How the value is shown before the person agrees.',
          }),
        },
        closed,
      ),
      { description: 'Claim path of the issuer metadata, joined by dots, to the masked value shown.' },
    ),
  },
  closed,
);

const Limit = Type.Object(
  {
    limit: Type.Integer({ minimum: 1, description: 'How many.' }),
    windowSeconds: Type.Integer({ minimum: 1, description: 'Within how long.' }),
  },
  closed,
);
/** Limits where the settings file names none. */
export const defaultLimits = {
  account: { limit: 5, windowSeconds: 1800 },
  client: { limit: 30_000, windowSeconds: 300 },
  network: { limit: 3000, windowSeconds: 300 },
};
const limit = (whose: keyof typeof defaultLimits, description: string) =>
  Type.Optional(Type.Object(Limit.properties, { ...closed, default: defaultLimits[whose], description }));
/** Attempts counted per account (which locks), client and network (which slow down): quality Q31. */
const Limits = Type.Object(
  {
    account: limit('account', 'Tries of one identity number before it is locked for the window.'),
    client: limit('client', 'Sign-in requests of one client before they slow down.'),
    network: limit('network', 'Sign-in requests of one network (/24 or /64) before they slow down.'),
  },
  closed,
);

/** Pre-authorized codes are off until switched on (design D10). */
const PreAuthorizedCode = Type.Object(
  {
    configurations: Type.Array(Type.String({ minLength: 1 }), {
      minItems: 1,
      description: 'Credential configuration ids that may be offered with a pre-authorized code.',
    }),
    anonymous: Type.Optional(Type.Boolean({ default: false, description: 'Wallets may redeem one without being a client.' })),
    transactionCode: Type.Optional(
      Type.Enum(['required', 'optional'], { default: 'required', description: 'Whether an offer may be made without one.' }),
    ),
    pushedClaims: Type.Optional(
      Type.Boolean({
        default: false,
        description: 'An offer may be about a person whose data were pushed to the issuer, and whom no registry is asked about.',
      }),
    ),
    lifetimeSeconds: Type.Optional(
      Type.Integer({ minimum: 60, maximum: 604_800, default: 300, description: 'How long an offer can be redeemed.' }),
    ),
  },
  { ...closed, description: 'Offers with a pre-authorized code; without this member there are none.' },
);
export const defaultRefreshTokenDays = 30;
/** What a pre-authorized code is like where the settings file does not say. */
export const defaultPreAuthorizedCode = {
  anonymous: false,
  transactionCode: 'required',
  pushedClaims: false,
  lifetimeSeconds: 300,
} as const;

export const Authorization = Type.Object(
  {
    registry: text('Name in `registries`: who verifies evidence.'),
    factors: Type.Array(Type.Enum(['otp', 'password', 'knowledge']), {
      minItems: 1,
      description: 'Ways to sign in, the first one offered first.',
    }),
    clients: Type.Optional(Type.Array(Client, { description: 'Clients besides our own wallet.' })),
    credentialIssuers: Type.Optional(
      Type.Array(Type.String(), { description: 'Identifiers of Credential Issuers besides our own `issuers`.' }),
    ),
    consent: Type.Optional(Type.Record(Type.String(), ConsentScope, { description: 'Scope to what its consent page says.' })),
    limits: Type.Optional(Limits),
    refreshTokenDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 365,
        default: defaultRefreshTokenDays,
        description: 'How long after the sign-in a refresh token can be used.',
      }),
    ),
    preAuthorizedCode: Type.Optional(PreAuthorizedCode),
    tryWith: Type.Optional(
      text('Identity number of an invented person, named on the sign-in page of a demonstration; in production nothing is shown.'),
    ),
  },
  { ...closed, description: 'The authorization server.' },
);

export type Texts = Static<typeof Texts>;
export type ClientConfig = Static<typeof Client>;
export type ConsentConfig = Static<typeof ConsentScope>;
export type PreAuthorizedCodeConfig = Required<Static<typeof PreAuthorizedCode>>;
export type LimitConfig = Static<typeof Limit>;
