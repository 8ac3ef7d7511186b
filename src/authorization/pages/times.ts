import { type Language, localeOf } from '../../lib/language.ts';

const minuteMilliseconds = 60_000;

/** A person's clock is not ours: a time to wait is told as a length, in whole minutes or hours, never too short. */
function lengthOf(milliseconds: number): { readonly count: number; readonly unit: 'minute' | 'hour' } {
  const minutes = Math.max(1, Math.ceil(milliseconds / minuteMilliseconds));
  return minutes < 120 ? { count: minutes, unit: 'minute' } : { count: Math.ceil(minutes / 60), unit: 'hour' };
}

/** "15 minutes". */
export function spanIn(language: Language, milliseconds: number): string {
  const { count, unit } = lengthOf(milliseconds);
  return new Intl.NumberFormat(localeOf(language), { style: 'unit', unit, unitDisplay: 'long' }).format(count);
}

/** "in 15 minutes". */
export function waitIn(language: Language, milliseconds: number): string {
  const { count, unit } = lengthOf(milliseconds);
  return new Intl.RelativeTimeFormat(localeOf(language), { numeric: 'always' }).format(count, unit);
}

/** A time of the day, with the clock it is of. */
export function timeIn(language: Language, moment: Date): string {
  return moment.toLocaleTimeString(localeOf(language), {
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone: 'UTC',
    timeZoneName: 'short',
  });
}
