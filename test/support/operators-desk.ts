import type { FastifyInstance } from 'fastify';
import type { Issuer } from '../../src/issuer/issuer.ts';
import type { OperatorRole } from '../../src/operation.ts';
import { openTestOperators } from './operator-server.ts';

export interface DeskAnswer {
  readonly status: number;
  readonly etag: string;
  readonly body: Readonly<Record<string, unknown>>;
}

export interface DeskRequest {
  readonly payload?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
  /** With no role, nobody asks: the request has no key. */
  readonly roles?: readonly OperatorRole[];
}

/** Asks the operators' listener of one node. */
export type Desk = (method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, request?: DeskRequest) => Promise<DeskAnswer>;

/** The operators' listener in front of one node's issuers; who asks has the usual roles where a request names no others. */
export function openDesk(issuer: Issuer, usual: readonly OperatorRole[]): Desk {
  const servers = new Map<string, Promise<FastifyInstance>>();
  return async (method, url, { payload, headers = {}, roles = usual } = {}) => {
    const name = roles.join(' ');
    const server = servers.get(name) ?? openTestOperators({ id: 'designer', roles, mounts: [issuer.operators] });
    servers.set(name, server);
    const authorization = roles.length === 0 ? {} : { authorization: 'Bearer key' };
    const typed = payload === undefined ? {} : { 'content-type': 'application/json' };
    const options = { method, url, headers: { ...authorization, ...typed, ...headers } };
    const answer = await (await server).inject(payload === undefined ? options : { ...options, payload });
    const body = answer.body === '' ? {} : (answer.json() as Record<string, unknown>);
    return { status: answer.statusCode, etag: String(answer.headers.etag ?? ''), body };
  };
}
