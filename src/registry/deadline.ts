import type { Clock } from '../lib/clock.ts';
import { isJsonObject, type Json } from '../lib/json.ts';
import type { Challenge, ClaimsAnswer, Registry, SubjectReference } from './registry.ts';

export interface DeadlineOptions {
  /** Name of the registry in the settings: answers about another one are malformed. */
  readonly name: string;
  /** A later answer counts as unavailable. */
  readonly seconds: number;
  readonly clock: Clock;
}

/** Late answers in a row after which a registry is left alone for a while (quality Q33). */
const lateToRest = 5;
const restSeconds = 5;

const unavailable = Symbol('unavailable');
const late = Symbol('late');
type Outcome<T> = T | typeof unavailable;

/**
 * Leaves a registry alone that was late several times in a row, and tries it again after a rest. Only lateness counts:
 * a fault that comes at once costs nothing, and one person's broken record must not make the registry rest for all.
 */
class Breaker {
  readonly #clock: Clock;
  #late = 0;
  #restsUntil = 0;
  constructor(clock: Clock) {
    this.#clock = clock;
  }
  get resting(): boolean {
    return this.#clock.now().getTime() < this.#restsUntil;
  }
  note(wasLate: boolean): void {
    this.#late = wasLate ? this.#late + 1 : 0;
    if (this.#late >= lateToRest) this.#restsUntil = this.#clock.now().getTime() + restSeconds * 1000;
  }
}

/** One call with an end; what the call does after it is nobody's concern. */
async function ask(call: (signal: AbortSignal) => Promise<unknown>, signal: AbortSignal, seconds: number): Promise<unknown> {
  const ours = new AbortController();
  const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
  const stop = (why: unknown) => {
    end(why);
    ours.abort();
  };
  const leave = () => stop(unavailable);
  const timer = setTimeout(stop, seconds * 1000, late);
  signal.addEventListener('abort', leave, { once: true });
  try {
    if (signal.aborted) return unavailable;
    return await Promise.race([ended, Promise.try(call, ours.signal).catch(() => unavailable)]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', leave);
  }
}

function readChallenge(answer: unknown, asked: Pick<Challenge, 'registry' | 'factor' | 'individualId'>): Outcome<Challenge> {
  if (!isJsonObject(answer)) return unavailable;
  const { registry, factor, individualId, delivery } = answer as Partial<Challenge>;
  if (registry !== asked.registry || factor !== asked.factor || individualId !== asked.individualId) return unavailable;
  if (delivery === undefined) return asked;
  if (!isJsonObject(delivery)) return unavailable;
  const { channel, masked } = delivery;
  const sound = (channel === 'mail' || channel === 'sms') && typeof masked === 'string';
  return sound ? { ...asked, delivery: { channel, masked } } : unavailable;
}

/** Proof about anybody but the person the challenge was made for is no proof. */
function readSubject(answer: unknown, { registry, individualId }: Challenge): Outcome<SubjectReference | 'refused'> {
  if (answer === 'refused') return answer;
  if (!isJsonObject(answer) || answer.registry !== registry || answer.id !== individualId) return unavailable;
  return { registry, id: individualId };
}

function isJson(value: unknown): value is Json {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isJson);
  return typeof value === 'object' && Object.values(value).every(isJson);
}

/** Keeps the names that were asked for and no other, whatever the registry sent. */
function readClaims(answer: unknown, names: readonly string[]): Outcome<ClaimsAnswer> {
  if (!isJsonObject(answer)) return unavailable;
  const { outcome, claims } = answer;
  if (outcome === 'pending' || outcome === 'unknown') return { outcome };
  if (outcome !== 'known' || !isJsonObject(claims)) return unavailable;
  const asked = names.filter((name) => Object.hasOwn(claims, name) && claims[name] !== undefined);
  if (!asked.every((name) => isJson(claims[name]))) return unavailable;
  return { outcome, claims: Object.fromEntries(asked.map((name) => [name, claims[name] as Json])) };
}

/**
 * Puts a deadline, a rest after repeated failures and a check of every answer around any registry (quality Q33, features A08).
 * A late, failing, malformed or misdirected answer is `unavailable`: never a success, never a refusal.
 */
export function withDeadline(registry: Registry, { name, seconds, clock }: DeadlineOptions): Registry {
  const breaker = new Breaker(clock);
  async function guarded<T>(
    call: (signal: AbortSignal) => Promise<unknown>,
    read: (answer: unknown) => Outcome<T>,
    signal: AbortSignal,
  ): Promise<Outcome<T>> {
    if (breaker.resting) return unavailable;
    const answer = await ask(call, signal, seconds);
    // A caller who goes away is no fault of the registry, or anybody could make it rest.
    if (!signal.aborted) breaker.note(answer === late);
    return answer === unavailable || answer === late ? unavailable : read(answer);
  }
  return {
    async begin(hint, factor, signal) {
      const asked = { registry: name, factor, individualId: hint.individualId };
      const outcome = await guarded(
        (ours) => registry.begin(hint, factor, ours),
        (answer) => readChallenge(answer, asked),
        signal,
      );
      return outcome === unavailable ? 'unavailable' : outcome;
    },
    async verify(challenge, evidence, signal) {
      if (challenge.registry !== name || challenge.factor !== evidence.factor) return 'refused';
      const outcome = await guarded(
        (ours) => registry.verify(challenge, evidence, ours),
        (answer) => readSubject(answer, challenge),
        signal,
      );
      return outcome === unavailable ? 'unavailable' : outcome;
    },
    async claims(subject, names, signal) {
      if (subject.registry !== name) return { outcome: 'unknown' };
      const outcome = await guarded(
        (ours) => registry.claims(subject, names, ours),
        (answer) => readClaims(answer, names),
        signal,
      );
      return outcome === unavailable ? { outcome: 'unavailable' } : outcome;
    },
    async check(signal) {
      const outcome = await ask((ours) => registry.check(ours), signal, seconds);
      return outcome === 'ready' ? 'ready' : 'unavailable';
    },
  };
}
