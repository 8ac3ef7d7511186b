import { type Guard, guardsIn } from './guard.ts';

const unit = 'src/authorization/interaction.test.ts';
const hostile = 'test/hostile/authorization.test.ts';
const races = 'test/hostile/races.test.ts';
const handles = 'test/hostile/handles.test.ts';
const decisions = 'test/hostile/sign-in-decisions.test.ts';
const tokens = 'test/hostile/client-tokens.test.ts';
const assertions = /a hundred hostile client assertions at both endpoints/;
const ofOneClient = /standards F-11: a client assertion is for the issuer identifier/;
const proofs = /standards F-34: a hundred hostile DPoP proofs at both endpoints/;
const withoutToken = /quality R75, features A28, C53: an answer without our token/;

const claimed =
  "artifacts.insert('ReplayDetection', JSON.stringify([issuer, jti]), { payload: {}, expiresAt: new Date(expiresAtSeconds * 1000) })";

const engine = [
  ...guardsIn('src/authorization/engine/adapter.ts', races, [
    {
      without: 'the error of a code that was spent',
      text: 'if (!(await artifacts.consume(model, id))) throw alreadySpent(model);',
      instead: 'await artifacts.consume(model, id).then(() => alreadySpent(model));',
      red: /features A11, A28, quality R10, T2 \(SU1\): .* redeem one code/,
    },
    {
      without: 'the error of a pushed request that was spent',
      text: 'if (!(await artifacts.consume(model, id))) throw alreadySpent(model);',
      instead: "if (!(await artifacts.consume(model, id)) && model !== 'PushedAuthorizationRequest') throw alreadySpent(model);",
      red: /quality T2 \(SU8\): one pushed request/,
    },
    {
      without: 'the removal of a handle from what is written beside its hash (trap G12)',
      text: 'return payload as unknown as JsonObject;',
      instead: 'return { ...payload, jti: _ } as unknown as JsonObject;',
      test: 'test/hostile/canaries.test.ts',
      red: /quality T12, Q21, Q2/,
    },
  ]),
  ...guardsIn('src/authorization/engine/provider.ts', handles, [
    {
      without: 'the end of a code in wrong hands',
      text: "await artifacts.consume('AuthorizationCode', code);",
      instead: '',
      red: /quality R1, features A28: a code in the hands of another client/,
    },
    {
      without: 'the end of a session with its request',
      text: 'forgetSessions(provider);\n  return',
      instead: 'return',
      test: decisions,
      red: /features A10: whoever signs in next at the same browser/,
    },
    {
      without: 'an insert that fails on a replay (trap G2)',
      text: claimed,
      instead: `${claimed.replace('insert', 'upsert')}.then(() => true)`,
      test: races,
      red: /trap G2/,
    },
    {
      without: 'an insert that fails on a replay, for client assertions',
      text: claimed,
      instead: `${claimed.replace('insert', 'upsert')}.then(() => true)`,
      test: tokens,
      red: /quality T2 \(SU6\)/,
    },
  ]),
  ...guardsIn('src/authorization/engine/configuration.ts', hostile, [
    {
      without: 'the duty to send a challenge',
      text: 'pkce: { required: () => true }',
      instead: 'pkce: { required: () => false }',
      red: /features A28, C03, standards F-16, F-19, F-32/,
    },
    {
      without: 'the nonce of the server in DPoP proofs',
      text: 'requireNonce: () => true',
      instead: 'requireNonce: () => false',
      test: tokens,
      red: proofs,
    },
  ]),
  ...guardsIn('src/authorization/client-assertion.ts', tokens, [
    {
      without: 'our strict reading of a client assertion',
      text: 'const jws = parseJws(assertion);',
      instead: `const loose = (part: string) => {
    try {
      return JSON.parse(Buffer.from(part, 'base64url').toString());
    } catch {
      return parseJws(assertion);
    }
  };
  const [header_, payload_] = assertion.split('.').slice(0, 2).map(loose);
  const jws = { header: { ...header_ }, payload: { ...payload_ } } as unknown as ParsedJws;`,
      red: assertions,
    },
    {
      without: 'the type of a client assertion',
      text: 'if (header.typ !== undefined) checkHeader',
      instead: 'if (header.typ === 0) checkHeader',
      red: assertions,
    },
    {
      without: 'the audience of a client assertion',
      text: 'if (aud !== issuer)',
      instead: 'if (aud === 0)',
      red: ofOneClient,
    },
    {
      without: 'the life of a client assertion that we cap',
      text: 'toleranceSeconds, maximumLifetimeSeconds: assertionSeconds });',
      instead: 'toleranceSeconds });',
      red: ofOneClient,
    },
  ]),
  ...guardsIn('src/authorization/engine/dispatcher.ts', tokens, [
    {
      without: 'our strict reading of a DPoP proof, at the token endpoint',
      text: 'checkDpopHeaders(request.raw.headersDistinct.dpop ?? [], clock);\n    const body',
      instead: 'const body',
      red: proofs,
    },
    {
      without: 'our strict reading of a DPoP proof, at the pushed authorization endpoint',
      text: 'checkDpopHeaders(request.raw.headersDistinct.dpop ?? [], clock);\n    await handOver',
      instead: 'await handOver',
      red: proofs,
    },
  ]),
  ...guardsIn('src/authorization/engine/interaction.ts', hostile, [
    {
      without: 'the cookie that names the same sign-in as the address',
      text: 'if (details.uid !== uid)',
      instead: 'if (false as boolean)',
      red: withoutToken,
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
      text: 'return (await store.take(codeKind, placeOf(person))) === kept;',
      instead: 'return (await store.take(codeKind, placeOf(person))) !== false;',
      red: /quality T2 \(SU10\)/,
    },
  ]),
  ...guardsIn('src/authorization/page-context.ts', hostile, [
    {
      without: 'the token of the page',
      text: 'if (!presented || !equalBytes(presented, csrfOf(settings, uid)))',
      instead: 'if (presented?.byteLength === 1)',
      red: withoutToken,
    },
    {
      without: 'the sign-in in the token of the page',
      text: '{uid}`',
      instead: '{uid.slice(0, 0)}`',
      red: withoutToken,
    },
    {
      without: 'the origin of an answer',
      text: 'if (foreign) throw',
      instead: 'if (foreign && false) throw',
      red: withoutToken,
    },
  ]),
];

export const authorizationGuards: readonly Guard[] = [...engine, ...signIn];
