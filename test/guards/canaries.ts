import { type Guard, guardsIn } from './guard.ts';

const everything = 'test/hostile/canaries.test.ts';
const inTablesAndLogs = /quality T12, Q21, Q2: after sign-ins by every factor/;
const nodes = 'test/hostile/issuer-nodes.test.ts';
const ofOneIssuer = /quality T12, R33, R34, features A07: canary values of a person/;
const enoughLines = /one and the same request/;

/** A value that leaks: into a log, a table, a token. */
export const canaryGuards: readonly Guard[] = [
  ...guardsIn('src/issuer/credential-endpoint.ts', nodes, [
    {
      without: 'silence of the log about a person',
      text: 'count: holders.length,',
      instead: 'cause: subject.id,',
      red: ofOneIssuer,
      after: enoughLines,
    },
    {
      without: 'silence of the log about a token',
      text: 'count: holders.length,',
      instead: 'cause: JSON.stringify(grant.payload),',
      red: ofOneIssuer,
      after: enoughLines,
    },
  ]),
  ...guardsIn('src/issuer/kept-reply.ts', everything, [
    {
      without: 'the seal on a kept reply',
      text: 'return Buffer.concat([iv, cipher.getAuthTag(), body]);',
      instead: 'return Buffer.concat([iv, cipher.getAuthTag(), body, Buffer.from(reply)]);',
      red: inTablesAndLogs,
    },
  ]),
  ...guardsIn('src/issuer/issuance.ts', nodes, [
    {
      without: 'the key in the hash of a subject: the audit names the person',
      text: 'subject: base64url(hash),',
      instead: 'subject: subject.id,',
      red: ofOneIssuer,
      after: enoughLines,
    },
  ]),
  ...guardsIn('src/lib/log.ts', 'src/lib/log.test.ts', [
    {
      without: 'the list of what a log line may carry',
      text: 'allowed.has(name) && value !== undefined',
      instead: 'allowed.size > 0 && value !== undefined && name',
      red: /quality Q23, T12/,
    },
  ]),
  ...guardsIn('src/authorization/engine/configuration.ts', 'test/hostile/authorization.test.ts', [
    {
      without: 'the seal on the subject of an access token',
      text: 'Object.assign(jwt.payload, reference ? { registry_reference: reference } : {});',
      instead: 'Object.assign(jwt.payload, { registry_reference: reference, person: accounts.subjectOf(token.accountId)?.id });',
      red: /features A16, quality R33, R46, standards V-71: the access token says what may be issued/,
    },
    {
      without: 'the name that a client sees instead of the account',
      text: 'accounts.pairwise(accountId, client.sectorIdentifier ?? client.clientId),',
      instead: 'String(accounts.subjectOf(accountId)?.id) + client.clientId,',
      red: /features A16, quality R33, R46, standards V-71: the access token says what may be issued/,
    },
  ]),
  ...guardsIn('src/server.ts', 'test/hostile/credential-endpoint.test.ts', [
    {
      without: 'the pattern of a route in place of its address',
      text: "return request.routeOptions.url ?? 'unknown';",
      instead: 'return request.url;',
      red: /quality R62: a token in the query or a form is refused/,
    },
  ]),
  ...guardsIn('src/authorization/login-state.ts', everything, [
    {
      without: 'the seal on a sign-in in the middle',
      text: 'write: (uid, state) => store.put(kind, uid, seal(secret, context(uid), state as unknown as Json), addSeconds(clock.now(), lifeSeconds)),',
      instead: `write: async (uid, state) => {
      await store.put(kind, uid.slice(1), state as unknown as Json, addSeconds(clock.now(), lifeSeconds));
      await store.put(kind, uid, seal(secret, context(uid), state as unknown as Json), addSeconds(clock.now(), lifeSeconds));
    },`,
      red: inTablesAndLogs,
    },
  ]),
];
