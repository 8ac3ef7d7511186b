import type { FastifyInstance, FastifyReply } from 'fastify';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { type Html, html } from '../lib/html.ts';
import { Refusal } from '../oauth/refusal.ts';
import { operation } from '../operation.ts';
import { operatorRoutes } from '../routes.ts';
import { acceptInvitation } from './invitation.ts';
import { Added, describeOperator, OperatorName, type OperatorRouteTools } from './operator-routes.ts';

const Acceptance = Type.Object(
  { invitation: Type.String({ minLength: 1, maxLength: 100 }), name: OperatorName },
  { additionalProperties: false },
);
const acceptance = Compile(Acceptance);
const page = [{ mediaType: 'text/html' }];

function sendPage(reply: FastifyReply, status: number, title: string, body: Html): FastifyReply {
  const document = html`<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${title}</title></head><body><main><h1>${title}</h1>${body}</main></body></html>`;
  return reply
    .code(status)
    .headers({
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    })
    .send(document.markup);
}

const form = (invitation: string) => html`<p>Whoever sends this form is the first operator, with every role. It can be sent once.</p>
<form method="post"><input type="hidden" name="invitation" value="${invitation}">
<p><label>Your name <input name="name" required maxlength="100" autocomplete="name"></label></p>
<p><button>Become the first operator</button></p></form>`;

const shown = (key: string, until: Date) => html`<p>This is your key. It is shown this once; keep it where nobody else reads it.</p>
<p><output><code>${key}</code></output></p>
<p>It is good until ${until.toISOString().slice(0, 10)}. Use it as <code>CHANCERY_OPERATOR_KEY</code> with the command line.</p>`;

/** The one door without a key: a token that was printed at the start opens it once (quality SU12). */
export function mountFirstOperator(server: FastifyInstance, { operators, clock }: OperatorRouteTools): void {
  server.register(async (scope) => {
    scope.addContentTypeParser('application/x-www-form-urlencoded', { parseAs: 'string' }, (_request, body, done) =>
      done(null, Object.fromEntries(new URLSearchParams(String(body)))),
    );
    scope.get<{ Querystring: { invitation?: string } }>(
      operatorRoutes.firstOperator,
      operation({
        summary: 'Show the form of the first operator',
        roles: 'invitation',
        query: { invitation: Type.String() },
        answers: { 200: page },
      }),
      // Looking spends nothing: a preview of a link must not take the house away.
      async (request, reply) => sendPage(reply, 200, 'The first operator', form(String(request.query.invitation ?? ''))),
    );
    scope.post(
      operatorRoutes.firstOperator,
      operation({
        summary: 'Become the first operator by the one-time invitation that was printed at the start',
        roles: 'invitation',
        body: Acceptance,
        answers: { 201: [{ mediaType: 'application/json', schema: Added }, ...page] },
      }),
      async (request, reply) => {
        const { body } = request;
        if (!acceptance.Check(body)) throw new Refusal(400, 'invalid_request', 'An invitation and a name are needed.');
        const made = await acceptInvitation(operators, clock, { token: body.invitation, name: body.name });
        if (!made) throw new Refusal(410, 'gone', 'This invitation has ended. Start again while there is no owner to get a new one.');
        const { key, record } = made;
        if (!request.headers['content-type']?.startsWith('application/json'))
          return sendPage(reply, 201, 'You are the first operator', shown(key, record.expiresAt));
        return reply
          .code(201)
          .header('cache-control', 'no-store')
          .send({ ...describeOperator(record), key });
      },
    );
  });
}
