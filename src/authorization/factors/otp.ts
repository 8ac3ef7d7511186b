import { type AuthenticationFactor, readField } from '../factor.ts';
import { withLatinDigits } from '../individual-id.ts';

/** One-time code, sent to an address the registry knows. */
export const otp: AuthenticationFactor = {
  name: 'otp',
  method: 'otp',
  fields: ['otp'],
  readEvidence(input) {
    const code = withLatinDigits(readField(input, 'otp') ?? '').replace(/[\s\p{Cf}-]/gu, '');
    if (code === '') return { field: 'otp', reason: 'missing' };
    return /^\d{6}$/.test(code) ? { factor: 'otp', otp: code } : { field: 'otp', reason: 'malformed' };
  },
};
