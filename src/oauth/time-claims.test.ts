import assert from 'node:assert/strict';
import { test } from 'node:test';
import { movableClock } from '../lib/clock.ts';
import type { Json, JsonObject } from '../lib/json.ts';
import { JwsFault } from './jws.ts';
import { checkTimes, type TimeRules } from './time-claims.ts';

const now = 1_800_000_000;
const clock = movableClock(new Date(now * 1000));
const check = (payload: JsonObject, rules: Partial<TimeRules> = {}) => checkTimes(payload, { clock, toleranceSeconds: 10, ...rules });

test('quality Q22: each time is honoured to the second of its tolerance', () => {
  const cases: readonly [JsonObject, Partial<TimeRules>, boolean][] = [
    [{}, {}, true],
    [{ iat: now + 10 }, {}, true],
    [{ iat: now + 11 }, {}, false],
    [{ nbf: now + 10 }, {}, true],
    [{ nbf: now + 11 }, {}, false],
    [{ exp: now - 9 }, {}, true],
    [{ exp: now - 10 }, {}, false],
    [{ iat: now - 70 }, { maximumAgeSeconds: 60 }, true],
    [{ iat: now - 71 }, { maximumAgeSeconds: 60 }, false],
    [{}, { maximumAgeSeconds: 60 }, false],
    [{ iat: now, exp: now + 310 }, { maximumLifetimeSeconds: 300 }, true],
    [{ iat: now, exp: now + 311 }, { maximumLifetimeSeconds: 300 }, false],
    [{ iat: now - 3600, exp: now + 1 }, { maximumLifetimeSeconds: 300 }, false],
    [{ exp: now + 311 }, { maximumLifetimeSeconds: 300 }, false],
    [{ iat: now }, { maximumLifetimeSeconds: 300 }, false],
  ];
  for (const [payload, rules, good] of cases) {
    const label = JSON.stringify([payload, rules]);
    if (good) check(payload, rules);
    else assert.throws(() => check(payload, rules), JwsFault, label);
  }
});

test('quality Q22: what is no time is refused in every place, wanted or not', () => {
  const values: readonly Json[] = [null, '', String(now), true, [now], { now }, -1, 1e308, 253_402_300_800];
  for (const name of ['iat', 'nbf', 'exp'])
    for (const value of values) assert.throws(() => check({ [name]: value }), JwsFault, `${name} ${JSON.stringify(value)}`);
});
