import { type Static, Type } from 'typebox';

/** The W3C VC API on the operators' listener (features B36). */
export const VcApi = Type.Object(
  {
    suite: Type.String({
      description: 'How credentials are secured: a suite of Data Integrity, such as eddsa-rdfc-2022 or ecdsa-sd-2023.',
    }),
    algorithm: Type.Optional(
      Type.String({ description: 'Of the key: ES384 where the suite knows P-384 too; by default the first of the suite.' }),
    ),
  },
  {
    additionalProperties: false,
    description:
      'Serves the W3C VC API to operators, who write credentials in full: /credentials/issue, /verify, /derive, /presentations/verify. By default it is off.',
  },
);

export type VcApiConfig = Static<typeof VcApi>;
