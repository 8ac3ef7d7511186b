import { type Guard, guardsIn } from './guard.ts';

const unit = 'src/authorization/interaction.test.ts';
const hostile = 'test/hostile/authorization.test.ts';
const races = 'test/hostile/races.test.ts';
const tokens = 'test/hostile/authorization-tokens.test.ts';
const assertions = /standards F-11: hostile client assertions/;

const engine = [
  ...guardsIn('src/authorization/engine/adapter.ts', races, [
    {
      without: 'the error of a code that was spent',
      text: 'if (!(await artifacts.consume(model, id))) throw alreadySpent(model);',
      instead: 'await artifacts.consume(model, id).then(() => alreadySpent(model));',
      red: /features A11, quality R10: .* redeem one code/,
    },
    {
      without: 'the error of a pushed request that was spent',
      text: 'if (!(await artifacts.consume(model, id))) throw alreadySpent(model);',
      instead: "if (!(await artifacts.consume(model, id)) && model !== 'PushedAuthorizationRequest') throw alreadySpent(model);",
      red: /quality T2 \(SU8\): one pushed request/,
    },
    {
      without: 'an insert that fails on a replay (trap G2)',
      text: "if (!(await artifacts.insert(model, id, input))) throw new errors.InvalidGrant('replay detected');",
      instead: 'await artifacts.upsert(model, id, input);',
      red: /trap G2/,
    },
    {
      without: 'an insert that fails on a replay, for client assertions',
      text: "if (!(await artifacts.insert(model, id, input))) throw new errors.InvalidGrant('replay detected');",
      instead: 'await artifacts.upsert(model, id, input);',
      test: 'test/interop/relying-party.test.ts',
      red: /quality T2 \(SU6\)/,
    },
    {
      without: 'the removal of a handle from what is written beside its hash (trap G12)',
      text: 'return payload as unknown as JsonObject;',
      instead: 'return { ...payload, jti: _ } as unknown as JsonObject;',
      test: 'test/hostile/canaries.test.ts',
      red: /quality T12, Q21, Q2/,
    },
  ]),
  ...guardsIn('src/authorization/engine/provider.ts', hostile, [
    {
      without: 'the end of a code in wrong hands',
      text: "await artifacts.consume('AuthorizationCode', code);",
      instead: '',
      red: /quality R1: a code in wrong hands is spent/,
    },
  ]),
  ...guardsIn('src/authorization/engine/configuration.ts', hostile, [
    {
      without: 'the duty to send a challenge',
      text: 'pkce: { required: () => true }',
      instead: 'pkce: { required: () => false }',
      red: /features C03, standards F-16, F-19, F-32/,
    },
    {
      without: 'the nonce of the server in DPoP proofs',
      text: 'requireNonce: () => true',
      instead: 'requireNonce: () => false',
      test: tokens,
      red: /standards F-34: hostile DPoP proofs at the authorization server/,
    },
    {
      without: 'a sign-in for each request',
      text: 'return result?.login ? interactionPolicy.Check.NO_NEED_TO_PROMPT : interactionPolicy.Check.REQUEST_PROMPT;',
      instead: 'return result ? interactionPolicy.Check.NO_NEED_TO_PROMPT : interactionPolicy.Check.NO_NEED_TO_PROMPT;',
      red: /features A10: a browser in which somebody has just signed in/,
    },
  ]),
  ...guardsIn('src/authorization/engine/client-assertion.ts', tokens, [
    {
      without: 'our strict reading of a client assertion',
      text: 'const { header, payload } = parseJws(assertion);',
      instead: `const [head, body] = assertion.split('.').map((part) => JSON.parse(Buffer.from(part, 'base64url').toString() || '{}'));
  const { header, payload } = { ...parseJws, header: head, payload: body };`,
      red: assertions,
    },
    {
      without: 'the type of a client assertion',
      text: 'if (header.typ !== undefined &&',
      instead: 'if (header.typ === 0 &&',
      red: assertions,
    },
    {
      without: 'the audience of a client assertion',
      text: 'if (payload.aud !== issuer)',
      instead: 'if (payload.aud === 0)',
      red: assertions,
    },
    {
      without: 'the life of a client assertion that we cap',
      text: 'checkTimes(payload, { clock, toleranceSeconds, maximumLifetimeSeconds });',
      instead: 'checkTimes({}, { clock, toleranceSeconds });',
      red: assertions,
    },
  ]),
  ...guardsIn('src/authorization/engine/dispatcher.ts', tokens, [
    {
      without: 'our strict reading of a DPoP proof',
      text: '{ onRequest: refuseLooseProofs }',
      instead: '{ onRequest: async () => refuseLooseProofs.length }',
      red: /standards F-34: hostile DPoP proofs at the authorization server/,
    },
  ]),
  ...guardsIn('src/authorization/engine/interaction.ts', hostile, [
    {
      without: 'the cookie that names the same sign-in as the address',
      text: 'if (details.uid !== uid)',
      instead: 'if (false as boolean)',
      red: /quality R75, features C53: an answer without our token/,
    },
  ]),
];

const signIn = [
  ...guardsIn('src/authorization/interaction.ts', unit, [
    {
      without: 'the try that is reserved before evidence is compared',
      text: `    const permission = await this.#tools.attempts.reserve(challenge.individualId);
    if (permission.outcome !== 'allowed') return { show: 'error', view: { kind: 'locked', until: permission.until } };
    const proven = await this.#tools.registry.verify(challenge, read, signal());
`,
      instead: `    const proven = await this.#tools.registry.verify(challenge, read, signal());
    const permission = await this.#tools.attempts.reserve(challenge.individualId);
    if (permission.outcome !== 'allowed') return { show: 'error', view: { kind: 'locked', until: permission.until } };
`,
      red: /quality Q4: of a hundred answers at once/,
    },
    {
      without: 'a look at what was reserved',
      text: "if (permission.outcome !== 'allowed')",
      instead: "if (permission.outcome !== 'allowed' && permission.outcome === 'busy')",
      red: /quality Q4, Q31: refused evidence counts/,
    },
    {
      without: 'the lock that is looked at before a code is made',
      text: "if (await this.#tools.attempts.isLocked(state.individualId)) return { show: 'error', view: { kind: 'expired' } };\n    await",
      instead: 'await',
      red: /quality R7: an account that was locked meanwhile makes no code/,
    },
    {
      without: 'the difference between away and proven',
      text: "if (proven === 'unavailable') {",
      instead: "if (proven === 'refused') {",
      red: /features A08, quality Q33: a registry that is away is never success/,
    },
  ]),
  ...guardsIn('src/authorization/attempts.ts', 'src/authorization/attempts.test.ts', [
    {
      without: 'the same count for an account at every step',
      text: '>= account.limit;',
      instead: '> account.limit;',
      red: /quality Q31: the account locks after its tries/,
    },
    {
      without: 'the network that addresses share',
      text: "plain.split('.').slice(0, 3).join('.')",
      instead: "plain.split('.').slice(0, 4).join('.')",
      red: /client and network only slow down/,
    },
  ]),
  ...guardsIn('src/authorization/one-time-codes.ts', 'test/hostile/sign-in-races.test.ts', [
    {
      without: 'a look at who took the one-time code',
      text: 'return (await store.take(codeKind, person)) === kept;',
      instead: 'return (await store.take(codeKind, person)) !== false;',
      red: /quality T2 \(SU10\)/,
    },
  ]),
  ...guardsIn('src/authorization/page-context.ts', hostile, [
    {
      without: 'the token of the page',
      text: 'if (!presented || !equalBytes(presented, csrfOf(settings, uid)))',
      instead: 'if (presented?.byteLength === 1)',
      red: /quality R75, features C53: an answer without our token/,
    },
    {
      without: 'the sign-in in the token of the page',
      text: '{uid}`',
      instead: '{uid.slice(0, 0)}`',
      red: /quality R75, features C53: an answer without our token/,
    },
    {
      without: 'the origin of an answer',
      text: 'if (foreign) throw',
      instead: 'if (foreign && false) throw',
      red: /quality R75, features C53: an answer without our token/,
    },
  ]),
];

export const authorizationGuards: readonly Guard[] = [...engine, ...signIn];
