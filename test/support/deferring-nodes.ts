import { createHash, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { calculateJwkThumbprint } from 'jose';
import { defaultDeferral } from '../../src/config/deferral-schema.ts';
import { numericDate } from '../../src/lib/clock.ts';
import type { Commit, Issuance } from '../../src/store/ledger.ts';
import { compact } from '../hostile/token-mutants.ts';
import { administer } from './database.ts';
import { cardType, type IssuerNodes, identifierOf, openIssuerNodes } from './issuer-nodes.ts';
import { makeTestKey, type TestKey } from './issuer-stage.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: {
    readonly error?: string;
    readonly transaction_id?: string;
    readonly interval?: number;
    readonly notification_id?: string;
    readonly credentials?: readonly { readonly credential: string }[];
  };
}

export interface Where {
  readonly node?: number;
  readonly issuer?: string;
  readonly mediaType?: string;
  readonly signal?: AbortSignal;
  /** Proves this key for a token that is bound to it. */
  readonly dpopKey?: TestKey;
}

/** Two nodes whose issuers put requests off: for records that are pending, in an outage, and for a review. */
export interface DeferringNodes extends IssuerNodes {
  /** How often the registry was asked about a person. */
  readonly asked: Map<string, number>;
  /** Called with what is about to be committed, which waits for what it returns. */
  committing: (issuance: Issuance) => Promise<unknown> | undefined;
  /** Called with every commit once it is durable; what it returns is waited for before the issuer hears of it. */
  committed: (issuance: Issuance, commit: Commit) => Promise<unknown> | undefined;
  /** A credential request with a fresh nonce for a key. */
  bodyFor(key: TestKey, more?: { readonly configuration?: string; readonly issuer?: string }): Promise<object>;
  request(token: string, body: unknown, where?: Where): Promise<Answer>;
  poll(token: string, transactionId: string | undefined, where?: Where): Promise<Answer>;
  send(path: string, token: string, body: string, where?: Where): Promise<Answer>;
  /** Lets both nodes look at what is due, at once. */
  complete(): Promise<number>;
  rowsIn(table: string): Promise<number>;
}

export async function openDeferringNodes(): Promise<DeferringNodes> {
  const folder = mkdtempSync(join(tmpdir(), 'chancery-deferring-'));
  const reviewed = join(folder, 'reviewed.json');
  writeFileSync(
    reviewed,
    JSON.stringify({ ...cardType, id: 'Reviewed', version: 1, scope: 'reviewed', profile: { vct: 'reviewed' }, review: true }),
  );
  const asked = new Map<string, number>();
  const deferral = { civil: { onOutage: 'defer', notificationId: true }, academy: { responseKey: 'commit' } } as Record<string, object>;
  const hooks: Pick<DeferringNodes, 'committing' | 'committed'> = { committing: () => undefined, committed: () => undefined };
  const nodes = await openIssuerNodes(2, (options) => ({
    ...options,
    config: options.config.map((issuer) => ({
      ...issuer,
      types: [...issuer.types, reviewed],
      messageEncryption: 'optional',
      batchSize: 3,
      deferral: { ...defaultDeferral, ...deferral[issuer.name] },
    })),
    ledger: {
      ...options.ledger,
      async commit(issuance) {
        await hooks.committing(issuance);
        const commit = await options.ledger.commit(issuance);
        await hooks.committed(issuance, commit);
        return commit;
      },
    },
    registries: Object.fromEntries(
      Object.entries(options.registries).map(([name, registry]) => [
        name,
        {
          ...registry,
          claims: (subject, names, signal) => {
            asked.set(subject.id, (asked.get(subject.id) ?? 0) + 1);
            return registry.claims(subject, names, signal);
          },
        } satisfies typeof registry,
      ]),
    ),
  }));

  async function dpopHeaders(key: TestKey, issuer: string, [path, token]: readonly [string, string]): Promise<Record<string, string>> {
    const nonce = (await nodes.ask(`/issuers/${issuer}/nonce`, { method: 'POST' })).headers.get('dpop-nonce');
    const ath = createHash('sha256').update(token).digest('base64url');
    const claims = { jti: randomUUID(), htm: 'POST', htu: identifierOf(issuer) + path, iat: numericDate(nodes.clock.now()), ath, nonce };
    return {
      authorization: `DPoP ${token}`,
      dpop: compact({ typ: 'dpop+jwt', alg: 'ES256', jwk: key.publicJwk }, claims, key.key),
    };
  }

  async function send(path: string, token: string, body: string, where: Where = {}): Promise<Answer> {
    const { node = 0, issuer = 'civil', mediaType = 'application/json', signal, dpopKey } = where;
    const bound = dpopKey ? await dpopHeaders(dpopKey, issuer, [path, token]) : { authorization: `Bearer ${token}` };
    const init = { method: 'POST', body, headers: { 'content-type': mediaType, ...bound }, ...(signal ? { signal } : {}) };
    const answer = await nodes.ask(`/issuers/${issuer}${path}`, init, node);
    const text = await answer.text();
    const isJson = answer.headers.get('content-type')?.startsWith('application/json');
    return { status: answer.status, headers: answer.headers, text, body: isJson ? (JSON.parse(text) as Answer['body']) : {} };
  }

  return Object.assign(hooks, {
    ...nodes,
    asked,
    send,
    request: (token: string, body: unknown, where?: Where) => send('/credential', token, JSON.stringify(body), where),
    poll: (token: string, transactionId: string | undefined, where?: Where) =>
      send('/deferred-credential', token, JSON.stringify({ transaction_id: transactionId }), where),
    async bodyFor(key: TestKey, { configuration = 'Card', issuer = 'civil' } = {}) {
      return { credential_configuration_id: configuration, proofs: { jwt: [nodes.proof(key, await nodes.nonce(issuer), issuer)] } };
    },
    async complete() {
      const counts = await Promise.all(nodes.issuers.map((issuer) => issuer.completeDeferred()));
      return counts.reduce((sum, count) => sum + count, 0);
    },
    async rowsIn(table: string) {
      const [row] = await administer<{ n: number }>(nodes.target, `select count(*)::integer as n from chancery_issuer.${table}`);
      return row?.n ?? 0;
    },
    async close() {
      await nodes.close();
      rmSync(folder, { recursive: true, force: true });
    },
  });
}

/** A key for DPoP, and the member of a token that binds it. */
export async function makeBoundKey(): Promise<{ readonly key: TestKey; readonly cnf: { readonly jkt: string } }> {
  const key = await makeTestKey();
  return { key, cnf: { jkt: await calculateJwkThumbprint(key.publicJwk) } };
}

export function payloadOf({ body }: Answer): Record<string, unknown> {
  const [first] = body.credentials ?? [];
  return JSON.parse(Buffer.from(first?.credential.split('.')[1] ?? '', 'base64url').toString()) as Record<string, unknown>;
}
