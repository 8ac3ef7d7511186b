import { type Static, Type } from 'typebox';

/** What an issuer does about deferral where the settings file does not say. */
export const defaultDeferral = {
  whenPending: 'defer',
  onOutage: 'refuse',
  responseKey: 'replace',
  intervalSeconds: 60,
  giveUpDays: 30,
  notificationId: false,
} as const;

const choice = <Choice extends string>(values: readonly [Choice, Choice], standard: Choice, description: string) =>
  Type.Optional(Type.Enum([...values], { default: standard, description }));

/** Deferred issuance (OpenID4VCI 1.0 §9). */
export const Deferral = Type.Object(
  {
    whenPending: choice(['defer', 'refuse'], defaultDeferral.whenPending, 'What happens while the registry says that a record is pending.'),
    onOutage: choice(['defer', 'refuse'], defaultDeferral.onOutage, 'What happens while the registry does not answer.'),
    responseKey: choice(
      ['replace', 'commit'],
      defaultDeferral.responseKey,
      'commit: a document is encrypted to the key that the first request named, or it is not handed out (hardened profile).',
    ),
    intervalSeconds: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 86_400,
        default: defaultDeferral.intervalSeconds,
        description: 'How long wallets are asked to wait between two tries.',
      }),
    ),
    notificationId: Type.Optional(
      Type.Boolean({
        default: defaultDeferral.notificationId,
        description: 'Whether what is picked up has a notification_id. Wallets built on @openid4vc/openid4vci 0.4 refuse one there.',
      }),
    ),
    giveUpDays: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 365,
        default: defaultDeferral.giveUpDays,
        description: 'How long a record or a clerk is waited for.',
      }),
    ),
  },
  { additionalProperties: false, description: 'When a wallet is told to come back later. Types may ask for a review besides.' },
);

export type DeferralConfig = Required<Static<typeof Deferral>>;
