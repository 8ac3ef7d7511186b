import type { AuthorizationConfig, ClientConfig } from '../config-schema.ts';
import { sha256Base64url } from '../lib/bytes.ts';
import { addSeconds, type Clock, numericDate } from '../lib/clock.ts';
import type { Language } from '../lib/language.ts';
import { textIn } from '../lib/language.ts';
import type { Challenge, FactorName, Registry } from '../registry/registry.ts';
import type { Accounts } from './account.ts';
import type { Attempts } from './attempts.ts';
import { brandClass } from './brands.ts';
import { buildConsentView, purposeOf } from './consent.ts';
import type { CredentialIssuers, OfferedType } from './credential-issuers.ts';
import { type FormInput, readField } from './factor.ts';
import { findFactor } from './factors/factors.ts';
import { readIndividualId } from './individual-id.ts';
import type { LoginState, LoginStates } from './login-state.ts';
import type { ConsentView, ErrorView, EvidenceView, Fault, IdentifyView, Purpose } from './pages/views.ts';

export interface InteractionTools {
  readonly config: AuthorizationConfig;
  readonly registry: Registry;
  /** The origin of our own pages. */
  readonly origin: string;
  readonly issuers: CredentialIssuers;
  readonly states: LoginStates;
  readonly attempts: Attempts;
  readonly accounts: Accounts;
  readonly clock: Clock;
}

/** What the engine was asked for, as far as a sign-in needs it. */
export interface Asked {
  readonly uid: string;
  readonly client: ClientConfig | undefined;
  readonly types: readonly OfferedType[];
  readonly endsAt: Date;
}

/** Who is signed in, and how, for the engine to put into its tokens. */
export interface Login {
  readonly accountId: string;
  readonly acr: string;
  readonly amr: readonly string[];
  readonly ts: number;
}

/** What comes next for the person: a page, or the end of the sign-in. */
export type Next =
  | { readonly show: 'identify'; readonly view: IdentifyView }
  | { readonly show: 'evidence'; readonly view: EvidenceView }
  | { readonly show: 'consent'; readonly view: ConsentView }
  | { readonly show: 'error'; readonly view: ErrorView }
  /** The step is done: look at the page again. */
  | { readonly show: 'again' }
  | { readonly show: 'allowed'; readonly login: Login }
  | { readonly show: 'denied' };

const deadlineMilliseconds = 5000;
const assurance = 'urn:chancery:acr:one-factor';
/** What is decided: whose documents, and which. Another person, or another document since the page was shown, is another decision. */
const decisionOf = ({ types }: Asked, accountId: string): string =>
  sha256Base64url(JSON.stringify([accountId, ...types.map(({ issuer, configurationId }) => [issuer, configurationId])]));
const signal = () => AbortSignal.timeout(deadlineMilliseconds);

function walletNameOf({ client }: Asked, language: Language): string {
  return textIn(client?.name, language) ?? client?.clientId ?? '';
}

/** The steps of a sign-in (design §1 steps 3 and 4): identify, evidence, consent; each reads and writes its state once. */
export class Interaction {
  readonly #tools: InteractionTools;

  constructor(tools: InteractionTools) {
    this.#tools = tools;
  }

  #purpose(asked: Asked, language: Language): Purpose {
    return purposeOf(asked.types, language, { fallback: walletNameOf(asked, language), origin: this.#tools.origin });
  }

  #identify(
    asked: Asked,
    language: Language,
    typed: { readonly individualId?: string; readonly factor?: FactorName; readonly fault?: Fault },
  ): Next {
    const { individualId = '', factor, fault } = typed;
    return {
      show: 'identify',
      view: {
        purpose: this.#purpose(asked, language),
        factors: this.#tools.config.factors,
        chosen: factor ?? (this.#tools.config.factors[0] as FactorName),
        individualId,
        ...(fault ? { fault } : {}),
      },
    };
  }

  #evidence(
    asked: Asked,
    language: Language,
    challenge: Challenge,
    more: { readonly input?: FormInput; readonly fault?: Fault; readonly resent?: boolean } = {},
  ): Next {
    const { input = {}, fault, resent } = more;
    const [name, birthdate] = [readField(input, 'name'), readField(input, 'birthdate')];
    return {
      show: 'evidence',
      view: {
        purpose: this.#purpose(asked, language),
        factor: challenge.factor,
        ...(challenge.delivery ? { delivery: challenge.delivery } : {}),
        ...(name === undefined ? {} : { name }),
        ...(birthdate === undefined ? {} : { birthdate }),
        ...(fault ? { fault } : {}),
        ...(resent ? { resent } : {}),
      },
    };
  }

  async #consent(asked: Asked, language: Language, state: Extract<LoginState, { stage: 'consent' }>): Promise<Next> {
    const subject = this.#tools.accounts.subjectOf(state.accountId);
    if (!subject || (await this.#tools.attempts.isLocked(state.individualId))) return { show: 'error', view: { kind: 'expired' } };
    const [type] = asked.types;
    const view = await buildConsentView({
      types: asked.types,
      consent: this.#tools.config.consent,
      source: this.#tools.registry,
      subject,
      language,
      walletName: walletNameOf(asked, language),
      purpose: this.#purpose(asked, language),
      until: asked.endsAt,
      decision: decisionOf(asked, state.accountId),
      signal: signal(),
    });
    return { show: 'consent', view: { ...view, ...(type ? { brand: brandClass(type.issuer) } : {}) } };
  }

  /** The page of the step the sign-in is at. */
  async show(asked: Asked, language: Language): Promise<Next> {
    const state = await this.#tools.states.read(asked.uid);
    if (state.stage === 'identify') return this.#identify(asked, language, state);
    return state.stage === 'evidence' ? this.#evidence(asked, language, state.challenge) : this.#consent(asked, language, state);
  }

  async #beginWith(asked: Asked, individualId: string, factor: FactorName): Promise<Challenge | undefined> {
    const challenge = await this.#tools.registry.begin({ individualId }, factor, signal());
    if (challenge === 'unavailable') return undefined;
    await this.#tools.states.write(asked.uid, { stage: 'evidence', challenge });
    return challenge;
  }

  async #answerIdentify(asked: Asked, language: Language, input: FormInput): Promise<Next> {
    const factor = this.#tools.config.factors.find((name) => name === input.factor) ?? (this.#tools.config.factors[0] as FactorName);
    const individualId = readIndividualId(input.individual_id);
    if (individualId === undefined)
      return this.#identify(asked, language, { factor, fault: { kind: 'field', fault: { field: 'individual_id', reason: 'missing' } } });
    const challenge = await this.#beginWith(asked, individualId, factor);
    return challenge ? { show: 'again' } : this.#identify(asked, language, { individualId, factor, fault: { kind: 'unavailable' } });
  }

  async #answerEvidence(asked: Asked, language: Language, input: FormInput, challenge: Challenge): Promise<Next> {
    const factor = findFactor(challenge.factor);
    const read = factor.readEvidence(input, challenge);
    if ('field' in read) return this.#evidence(asked, language, challenge, { input, fault: { kind: 'field', fault: read } });
    // Quality Q4: the try is reserved before anything is compared; only a registry that compared nothing gives it back.
    const permission = await this.#tools.attempts.reserve(challenge.individualId);
    if (permission.outcome !== 'allowed') return { show: 'error', view: { kind: 'locked', until: permission.until } };
    const proven = await this.#tools.registry.verify(challenge, read, signal());
    if (proven === 'unavailable') {
      await this.#tools.attempts.release(challenge.individualId);
      return this.#evidence(asked, language, challenge, { input, fault: { kind: 'unavailable' } });
    }
    if (proven === 'refused')
      return this.#evidence(asked, language, challenge, { input, fault: { kind: 'refused', triesLeft: permission.triesLeft } });
    await this.#tools.attempts.forgive(challenge.individualId);
    await this.#tools.states.write(asked.uid, {
      stage: 'consent',
      individualId: challenge.individualId,
      accountId: this.#tools.accounts.idOf(proven),
      factor: challenge.factor,
      authenticatedAt: numericDate(this.#tools.clock.now()),
    });
    return { show: 'again' };
  }

  async #resend(asked: Asked, language: Language, challenge: Challenge): Promise<Next> {
    const fresh = await this.#beginWith(asked, challenge.individualId, challenge.factor);
    return fresh
      ? this.#evidence(asked, language, fresh, { resent: true })
      : this.#evidence(asked, language, challenge, { fault: { kind: 'unavailable' } });
  }

  async #answerConsent(
    asked: Asked,
    language: Language,
    state: Extract<LoginState, { stage: 'consent' }>,
    input: FormInput,
  ): Promise<Next> {
    if (input.action !== 'allow' || input.decision !== decisionOf(asked, state.accountId)) return this.#consent(asked, language, state);
    // Quality R7: the lock is looked at once more before a code can be made.
    if (await this.#tools.attempts.isLocked(state.individualId)) return { show: 'error', view: { kind: 'expired' } };
    await this.#tools.states.remove(asked.uid);
    return {
      show: 'allowed',
      login: { accountId: state.accountId, acr: assurance, amr: [findFactor(state.factor).method], ts: state.authenticatedAt },
    };
  }

  /** Takes the answer of one page; an answer to another step than the one in force is not looked at. */
  async answer(asked: Asked, language: Language, input: FormInput): Promise<Next> {
    const action = input.action ?? 'continue';
    if (action === 'cancel' || action === 'deny') {
      await this.#tools.states.remove(asked.uid);
      return { show: 'denied' };
    }
    const state = await this.#tools.states.read(asked.uid);
    if (action === 'restart') {
      await this.#tools.states.write(asked.uid, { stage: 'identify' });
      return { show: 'again' };
    }
    if (input.stage !== state.stage) return { show: 'again' };
    if (input.language !== undefined) return this.#keepTyped(asked, language, input, state);
    if (state.stage === 'identify') return this.#answerIdentify(asked, language, input);
    if (state.stage === 'consent') return this.#answerConsent(asked, language, state, input);
    return action === 'resend' && state.challenge.factor === 'otp'
      ? this.#resend(asked, language, state.challenge)
      : this.#answerEvidence(asked, language, input, state.challenge);
  }

  /** The same page in another language, with what was typed. */
  async #keepTyped(asked: Asked, language: Language, input: FormInput, state: LoginState): Promise<Next> {
    if (state.stage === 'consent') return this.#consent(asked, language, state);
    if (state.stage === 'evidence') return this.#evidence(asked, language, state.challenge, { input });
    const factor = this.#tools.config.factors.find((name) => name === input.factor);
    return this.#identify(asked, language, { individualId: input.individual_id?.slice(0, 64) ?? '', ...(factor ? { factor } : {}) });
  }
}

/** Until when the engine keeps the sign-in. */
export function endOf(expiresAtSeconds: number | undefined, clock: Clock): Date {
  return expiresAtSeconds === undefined ? addSeconds(clock.now(), 600) : new Date(expiresAtSeconds * 1000);
}
