import { isJsonObject, type Json } from '../../lib/json.ts';
import { ClaimFault } from '../format.ts';

const dateTime = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(?:\.\d+)?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const dayOnly = /^\d{4}-\d{2}-\d{2}$/;

/** Says what a value is not; the value itself is never told. */
export const claimFault = (place: string, reason: string): ClaimFault => new ClaimFault(`${place} ${reason}`);

/** The value at a path of claims; `undefined` when nothing stands there. */
export function valueAt(claims: Json, path: readonly (string | number)[]): Json | undefined {
  let value: Json | undefined = claims;
  for (const step of path) {
    if (typeof step === 'number') value = Array.isArray(value) ? (value[step] as Json | undefined) : undefined;
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
    if (value === undefined) return undefined;
  }
  return value;
}

export function checkText(value: Json, place: string): string {
  if (typeof value !== 'string') throw claimFault(place, 'is no text');
  if (!value.isWellFormed()) throw claimFault(place, 'is a text with half a character in it');
  return value;
}

/** RFC 3339 §5.7: no day that its month does not have. */
function isDay(text: string): boolean {
  if (!dayOnly.test(text)) return false;
  const [year, month, day] = [Number(text.slice(0, 4)), Number(text.slice(5, 7)), Number(text.slice(8, 10))];
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0;
  return day <= (month === 2 ? (leap ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
}

/** RFC 8943 §2.1: a day as it is; one known only to the year or month is none. */
export function checkFullDate(value: Json, place: string): string {
  if (typeof value !== 'string' || !isDay(value)) throw claimFault(place, 'is no full date');
  return value;
}

/** standards MD-6: in UTC, without a fraction. */
export function dateText(moment: Date): string {
  return `${moment.toISOString().slice(0, 19)}Z`;
}

/** A moment of RFC 3339 as ISO/IEC 18013-5 §7.2.1 writes it: UTC, whole seconds. */
export function checkDateTime(value: Json, place: string): string {
  const [, day = '', hour, minute, second] = (typeof value === 'string' && dateTime.exec(value)) || [];
  const moment = new Date(typeof value === 'string' ? value.toUpperCase() : Number.NaN);
  if (!isDay(day) || Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59 || Number.isNaN(moment.getTime()))
    throw claimFault(place, 'is no date with time and zone');
  return dateText(moment);
}

export function checkBoolean(value: Json, place: string): boolean {
  if (typeof value !== 'boolean') throw claimFault(place, 'is neither true nor false');
  return value;
}

export function checkInteger(value: Json, place: string): number {
  if (!Number.isSafeInteger(value)) throw claimFault(place, 'is no whole number');
  return value as number;
}

export function checkNumber(value: Json, place: string): number {
  if (typeof value !== 'number' || (Number.isInteger(value) && !Number.isSafeInteger(value))) throw claimFault(place, 'is no number');
  return value;
}

export const notBase64 = (place: string): ClaimFault => claimFault(place, 'is neither base64 nor a data URL of base64');

/** The base64 of a `data:` address (RFC 2397) or of a bare text, and how many bytes it must make. */
export function checkBase64(value: Json, place: string): { readonly text: string; readonly length: number } {
  if (typeof value !== 'string') throw notBase64(place);
  const mark = value.startsWith('data:') ? value.indexOf(';base64,') : undefined;
  const text = mark === undefined ? value : value.slice(mark + ';base64,'.length);
  if (mark === -1 || text.length === 0 || text.length % 4 !== 0) throw notBase64(place);
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return { text, length: (text.length / 4) * 3 - padding };
}

export function checkList(value: Json, place: string): readonly Json[] {
  if (!Array.isArray(value)) throw claimFault(place, 'is no list');
  return value as readonly Json[];
}
