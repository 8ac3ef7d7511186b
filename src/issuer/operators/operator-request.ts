import type { FastifyRequest } from 'fastify';
import type { Static, TSchema } from 'typebox';
import type { Validator } from 'typebox/compile';
import type { IssuerConfig } from '../../config-schema.ts';
import { Refusal } from '../../oauth/refusal.ts';

/** The body of an operator's request, or a refusal that names the place of the first fault. */
export function readBody<Schema extends TSchema>(validator: Validator<Record<never, never>, Schema>, body: unknown): Static<Schema> {
  if (validator.Check(body)) return body as Static<Schema>;
  const [fault] = validator.Errors(body);
  throw new Refusal(400, 'invalid_request', `The body does not fit: ${fault?.instancePath || '/'} ${fault?.message ?? ''}`.trim());
}

/** The issuer that the address names. */
export function issuerOf(request: FastifyRequest, issuers: readonly IssuerConfig[]): IssuerConfig {
  const { name } = request.params as { readonly name: string };
  const issuer = issuers.find((known) => known.name === name);
  if (!issuer)
    throw new Refusal(
      404,
      'not_found',
      `No issuer of this process is called so; there are: ${issuers.map((known) => known.name).join(', ')}.`,
    );
  return issuer;
}
