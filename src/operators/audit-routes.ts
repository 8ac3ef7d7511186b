import { Readable } from 'node:stream';
import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import type { KeyStore } from '../keys/keys.ts';
import type { Clock } from '../lib/clock.ts';
import { JwsFault } from '../oauth/jws.ts';
import { Refusal } from '../oauth/refusal.ts';
import { jwkThumbprint } from '../oauth/thumbprint.ts';
import { operation } from '../operation.ts';
import { operatorRoutes } from '../routes.ts';
import { type AuditSource, checkTrail } from './audit-check.ts';
import { type Checkpoint, signCheckpoint, verifyCheckpoint } from './audit-checkpoint.ts';
import { exportTrail } from './audit-export.ts';

export interface AuditRouteTools {
  readonly trails: readonly AuditSource[];
  readonly keys: KeyStore;
  readonly clock: Clock;
}

const text = Type.String();
const whole = Type.Integer({ minimum: 0 });
const Wish = Type.Object({ service: text, checkpoint: Type.Optional(Type.String({ maxLength: 32_768 })) }, { additionalProperties: false });
const wish = Compile(Wish);
const Report = Type.Object({
  service: text,
  sound: Type.Boolean(),
  entries: whole,
  unchained: whole,
  faults: Type.Array(Type.Object({ chain: whole, number: whole, fault: text })),
  checkpoint: Type.Optional(text),
});

function sourceOf(sources: readonly AuditSource[], service: string): AuditSource {
  const source = sources.find((known) => known.service === service);
  if (source) return source;
  throw new Refusal(400, 'invalid_request', `The member service must be one of: ${sources.map((known) => known.service).join(', ')}.`);
}

async function readEarlier(checkpoint: string | undefined, service: string, keys: KeyStore): Promise<Checkpoint | undefined> {
  if (checkpoint === undefined) return undefined;
  const earlier = await verifyCheckpoint(checkpoint).catch((fault: unknown) => {
    throw fault instanceof JwsFault ? new Refusal(400, 'invalid_request', 'The checkpoint is none.', { cause: fault.message }) : fault;
  });
  const ours = (await keys.published('audit')).some((key) => key.kty !== 'RSA' && jwkThumbprint(key) === earlier.signedBy);
  if (earlier.service !== service || !ours) throw new Refusal(400, 'invalid_request', 'The checkpoint is of another trail.');
  return earlier;
}

/** What an auditor does (features G12): the trail is checked, and taken along to be checked elsewhere. */
export function mountAudit(server: FastifyInstance, { trails, keys, clock }: AuditRouteTools): void {
  const signing = async () => ({ signer: await keys.signer('audit'), at: clock.now() });
  server.post(
    operatorRoutes.verifyAudit,
    operation({
      summary: 'Check an audit trail from end to end, and against an earlier checkpoint where one is given',
      roles: ['auditor'],
      body: Wish,
      answers: { 200: Report },
    }),
    async (request) => {
      if (!wish.Check(request.body))
        throw new Refusal(400, 'invalid_request', 'The body holds service, and a checkpoint if one is at hand.');
      const { service, checkpoint } = request.body;
      const source = sourceOf(trails, service);
      const earlier = await readEarlier(checkpoint, service, keys);
      const { heads, ...report } = await checkTrail(source, await keys.secret('audit'), earlier?.passed);
      const sound = report.faults.length === 0;
      // A trail that is not sound is vouched for by nobody.
      return { ...report, sound, ...(sound ? { checkpoint: await signCheckpoint(service, heads, await signing()) } : {}) };
    },
  );
  server.get<{ Querystring: { service?: string } }>(
    operatorRoutes.exportAudit,
    operation({
      summary: 'Export an audit trail as JSON lines that can be checked without the database',
      roles: ['auditor'],
      query: { service: text },
      answers: { 200: [{ mediaType: 'application/jsonl' }] },
    }),
    async (request, reply) => {
      const source = sourceOf(trails, request.query.service ?? '');
      reply.headers({ 'content-type': 'application/jsonl', 'cache-control': 'no-store' });
      return reply.send(Readable.from(exportTrail(source, await signing())));
    },
  );
}
