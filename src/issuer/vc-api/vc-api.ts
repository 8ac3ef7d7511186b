import type { FastifyInstance, FastifyReply } from 'fastify';
import { type Static, Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { DocumentFault, type JudgingTools, type Problem } from '../../formats/credential-documents.ts';
import type { JsonObject } from '../../lib/json.ts';
import { Refusal } from '../../oauth/refusal.ts';
import { operation, operatorOf } from '../../operation.ts';
import { operatorRoutes } from '../../routes.ts';
import { readBody } from '../operators/operator-request.ts';
import { type DocumentIssuer, issueDocument } from './issue-document.ts';
import { createFindKey, createFindStatus } from './known.ts';

const closed = { additionalProperties: false };
const Document = Type.Object({}, { description: 'A JSON-LD document.' });
const Pointers = Type.Array(Type.String({ maxLength: 1024 }), { maxItems: 256 });
const IssueRequest = Type.Object(
  { credential: Document, options: Type.Optional(Type.Object({ mandatoryPointers: Type.Optional(Pointers) }, closed)) },
  closed,
);
const Issued = Type.Object({ verifiableCredential: Document });
const DeriveRequest = Type.Object(
  { verifiableCredential: Document, options: Type.Object({ selectivePointers: Pointers }, closed) },
  closed,
);
const Asked = Type.Object({
  challenge: Type.Optional(Type.String()),
  domain: Type.Optional(Type.String()),
  returnCredential: Type.Optional(Type.Boolean()),
  returnPresentation: Type.Optional(Type.Boolean()),
});
const VerifyRequest = Type.Object({ verifiableCredential: Document, options: Type.Optional(Asked) }, closed);
const VerifyPresentationRequest = Type.Object(
  { verifiablePresentation: Type.Optional(Document), presentation: Type.Optional(Document), options: Type.Optional(Asked) },
  closed,
);
const Problems = Type.Array(Type.Object({ type: Type.String(), title: Type.String(), detail: Type.String() }));
const Judged = Type.Object({ verified: Type.Boolean(), problemDetails: Problems });
/** Refused like anything else, and if it was judged with the reasons. */
const Unverified = Type.Object({ error: Type.String(), verified: Type.Optional(Type.Boolean()), problemDetails: Type.Optional(Problems) });
const bodies = {
  issue: Compile(IssueRequest),
  derive: Compile(DeriveRequest),
  verify: Compile(VerifyRequest),
  verifyPresentation: Compile(VerifyPresentationRequest),
};

/** One issuer whose operators may use the VC API. */
function issuerOf(issuers: readonly DocumentIssuer[], params: unknown): DocumentIssuer {
  const { name } = params as { readonly name: string };
  const issuer = issuers.find(({ config }) => config.name === name);
  if (!issuer) throw new Refusal(404, 'not_found', 'No issuer of this process that serves the VC API is called so.');
  return issuer;
}

const asRefusal = (fault: unknown): unknown =>
  fault instanceof DocumentFault ? new Refusal(400, 'invalid_request', `${fault.message}.`) : fault;

function toolsOf(issuer: DocumentIssuer, options: Static<typeof Asked> = {}): JudgingTools {
  const { challenge, domain } = options;
  return {
    now: issuer.clock.now(),
    contexts: issuer.contexts(),
    findKey: createFindKey(issuer),
    findStatus: createFindStatus(issuer),
    ...(challenge === undefined ? {} : { challenge }),
    ...(domain === undefined ? {} : { domain }),
  };
}

interface Judgement {
  readonly problems: readonly Problem[];
  /** There was nothing to judge: the document is none. */
  readonly unreadable: boolean;
}

const judge = (work: Promise<readonly Problem[]>): Promise<Judgement> =>
  work.then(
    (problems) => ({ problems, unreadable: false }),
    (fault: unknown) => (fault instanceof DocumentFault ? { problems: [fault.problem], unreadable: true } : Promise.reject(fault)),
  );

const send = (reply: FastifyReply, status: number, problems: readonly Problem[], more: JsonObject = {}) => {
  const error = status === 400 ? { error: 'invalid_request' } : {};
  return reply.code(status).send({ ...error, verified: problems.length === 0, ...more, problemDetails: problems });
};

/**
 * The W3C VC API (features B36) below each issuer that serves it: whole credentials are secured, cut and judged. For operators alone;
 * where the suites of the W3C look for a refusal the status is 400, and a presentation that was judged is answered 200 either way.
 */
export function mountVcApi(server: FastifyInstance, issuers: readonly DocumentIssuer[]): void {
  if (issuers.length === 0) return;
  const issuing = {
    summary: 'Issue a credential that is written in full',
    roles: ['issuing-clerk'],
    body: IssueRequest,
    answers: { 201: Issued },
  } as const;
  server.post(operatorRoutes.issueDocument, operation(issuing), async (request, reply) => {
    const { credential, options } = readBody(bodies.issue, request.body);
    const order = { credential: credential as JsonObject, operator: operatorOf(request).id, requestId: request.id, ...options };
    const verifiableCredential = await issueDocument(issuerOf(issuers, request.params), order).catch((fault: unknown) =>
      Promise.reject(asRefusal(fault)),
    );
    return reply.code(201).headers({ 'cache-control': 'no-store' }).send({ verifiableCredential });
  });
  const deriving = {
    summary: 'Cut a credential to what pointers lead to',
    roles: ['issuing-clerk', 'support'],
    body: DeriveRequest,
    answers: { 201: Document },
  } as const;
  server.post(operatorRoutes.deriveDocument, operation(deriving), async (request, reply) => {
    const { documents, contexts } = issuerOf(issuers, request.params);
    const { verifiableCredential, options } = readBody(bodies.derive, request.body);
    const derived = documents.derive(verifiableCredential as JsonObject, options.selectivePointers, contexts());
    return reply
      .code(201)
      .headers({ 'cache-control': 'no-store' })
      .send(await derived.catch((fault: unknown) => Promise.reject(asRefusal(fault))));
  });
  const verifying = {
    summary: 'Verify a credential',
    roles: ['support', 'auditor'],
    body: VerifyRequest,
    answers: { 200: Judged, 400: Unverified },
  } as const;
  server.post(operatorRoutes.verifyDocument, operation(verifying), async (request, reply) => {
    const issuer = issuerOf(issuers, request.params);
    const { verifiableCredential, options } = readBody(bodies.verify, request.body);
    const { problems } = await judge(issuer.documents.judgeCredential(verifiableCredential as JsonObject, toolsOf(issuer, options)));
    return send(
      reply,
      problems.length === 0 ? 200 : 400,
      problems,
      options?.returnCredential ? { verifiableCredential: verifiableCredential as JsonObject } : {},
    );
  });
  const verifyingAll = {
    ...verifying,
    summary: 'Verify a presentation and the credentials in it',
    body: VerifyPresentationRequest,
  } as const;
  server.post(operatorRoutes.verifyPresentation, operation(verifyingAll), async (request, reply) => {
    const issuer = issuerOf(issuers, request.params);
    const { verifiablePresentation, presentation, options } = readBody(bodies.verifyPresentation, request.body);
    const document = (verifiablePresentation ?? presentation) as JsonObject | undefined;
    if (!document || (verifiablePresentation && presentation))
      throw new Refusal(400, 'invalid_request', 'The body names one presentation, with or without a proof.');
    if (presentation ? document.proof !== undefined : document.proof === undefined)
      throw new Refusal(400, 'invalid_request', 'A verifiablePresentation has a proof, and a presentation has none.');
    const { problems, unreadable } = await judge(issuer.documents.judgePresentation(document, toolsOf(issuer, options)));
    return send(reply, unreadable ? 400 : 200, problems, options?.returnPresentation ? { verifiablePresentation: document } : {});
  });
}
