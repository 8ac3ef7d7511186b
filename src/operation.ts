import type { TSchema } from 'typebox';

/** What an operator may do. No role holds another: whoever needs two is given two. */
export const operatorRoles = ['owner', 'type-designer', 'issuing-clerk', 'revocation-officer', 'auditor', 'support'] as const;
export type OperatorRole = (typeof operatorRoles)[number];

/** Who asks on the operators' listener. */
export interface Operator {
  /** What the audit trail names; never a secret. */
  readonly id: string;
  readonly name: string;
  readonly roles: readonly OperatorRole[];
}

/** A body in a media type of its own. */
export interface Media {
  readonly mediaType: string;
  readonly schema?: TSchema;
}
/** A body: JSON of this shape, or other media types. */
export type Content = TSchema | readonly Media[];

/**
 * What a route is to those who call it. It stands with the route, in `config.operation`; the OpenAPI document is made of nothing else.
 * Refusals are the same everywhere and are not listed.
 */
export interface Operation {
  /** One sentence without a full stop, in the imperative. */
  readonly summary: string;
  /**
   * On the operators' listener: any one of these suffices. A route there that says nothing does not start (quality Q16).
   * `invitation`: whoever has the one-time token of the first operator, which the route itself verifies.
   */
  readonly roles?: readonly [OperatorRole, ...OperatorRole[]] | 'invitation';
  /** Members of the query, all texts; an optional schema is an optional member. */
  readonly query?: Readonly<Record<string, TSchema>>;
  readonly body?: Content;
  /** By status; `undefined` is an answer without a body. */
  readonly answers: Readonly<Record<number, Content | undefined>>;
}

/**
 * What a service is to the world: its routes below a base, as `METHOD /path`, with Fastify's patterns. `fallback` is a route that
 * only says that nothing lives at an address.
 * A parameter in a table also stands for a name that a service mounted as it is.
 */
export interface ServiceInterface {
  readonly tag: string;
  /** Path of the public address, with `{issuer}` where a name stands; empty for the root. */
  readonly base: string;
  readonly routes: Readonly<Record<string, Operation | 'fallback'>>;
}

/** A route as it was mounted; `operation` is missing where nobody described it. */
export interface MountedRoute {
  readonly method: string;
  /** Fastify's pattern. */
  readonly path: string;
  readonly operation: Operation | undefined;
}

declare module 'fastify' {
  interface FastifyInstance {
    /** Every route of this listener, in the order in which they were mounted. */
    readonly mountedRoutes: readonly MountedRoute[];
  }
  interface FastifyContextConfig {
    operation?: Operation;
  }
  interface FastifyRequest {
    /** Set by the guard of the operators' listener before any of its routes is reached. */
    operator?: Operator;
  }
}

/** The options of a route that describes itself. */
export const operation = (description: Operation) => ({ config: { operation: description } });

/** The operator whose request this is. */
export function operatorOf({ operator }: { readonly operator?: Operator }): Operator {
  if (!operator) throw new Error('This route is not behind the guard of the operators.');
  return operator;
}
