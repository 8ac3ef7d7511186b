import { type Static, Type } from 'typebox';
import { operatorRoles } from '../operation.ts';

const closed = { additionalProperties: false };
const text = (description: string) => Type.String({ minLength: 1, description });

/** How operators sign in besides the keys that an owner gives them. */
export const OperatorSettings = Type.Object(
  {
    authorizationServer: Type.Optional(
      Type.Object(
        {
          issuer: text('Issuer identifier of the server whose access tokens (JWT) open the operators’ listener.'),
          audience: text('Audience that its tokens must carry.'),
          claim: Type.Optional(Type.String({ minLength: 1, default: 'roles', description: 'Claim with the names that `roles` maps.' })),
          roles: Type.Record(Type.String(), Type.Array(Type.Enum([...operatorRoles]), { minItems: 1, uniqueItems: true }), {
            description: 'Value of the claim to roles here. A token whose values are not listed opens nothing.',
          }),
        },
        closed,
      ),
    ),
  },
  { ...closed, description: 'The operators of every role.' },
);

export const defaultOperatorClaim = 'roles';
export type OperatorServerConfig = Required<NonNullable<Static<typeof OperatorSettings>['authorizationServer']>>;
