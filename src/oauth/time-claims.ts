import { type Clock, numericDate } from '../lib/clock.ts';
import type { JsonObject } from '../lib/json.ts';
import { JwsFault } from './jws.ts';

export interface TimeRules {
  readonly clock: Clock;
  /** How far another clock may differ; at most 60 s (standards F-15). */
  readonly toleranceSeconds: number;
  /** `exp` must be there, and at most this long after `iat` (quality Q22). */
  readonly maximumLifetimeSeconds?: number;
  /** `iat` must be there, and at most this old. */
  readonly maximumAgeSeconds?: number;
}

function seconds(payload: JsonObject, name: string): number | undefined {
  const value = payload[name];
  if (value === undefined) return undefined;
  if (typeof value !== 'number' || !Number.isFinite(value) || value < 0 || value > 253_402_300_799)
    throw new JwsFault(`${name} is not a time`);
  return value;
}

/** RFC 7519 §4.1.4 to §4.1.6, with lifetimes capped by us and not by the sender. Throws `JwsFault`. */
export function checkTimes(payload: JsonObject, rules: TimeRules): void {
  const now = numericDate(rules.clock.now());
  const { toleranceSeconds: tolerance, maximumLifetimeSeconds: lifetime, maximumAgeSeconds: age } = rules;
  const [issued, from, until] = [seconds(payload, 'iat'), seconds(payload, 'nbf'), seconds(payload, 'exp')];
  if (issued !== undefined && issued > now + tolerance) throw new JwsFault('issued in the future');
  if (from !== undefined && from > now + tolerance) throw new JwsFault('not valid yet');
  if (until !== undefined && until <= now - tolerance) throw new JwsFault('expired');
  if (age !== undefined && (issued === undefined || issued < now - age - tolerance)) throw new JwsFault('too old or without iat');
  if (lifetime === undefined) return;
  if (until === undefined || until > (issued ?? now) + lifetime + tolerance) throw new JwsFault('lives too long or for ever');
}
