import type { AuthenticationFactor } from '../factor.ts';

const maximumLength = 256;

/** Password, compared by the registry under a memory-hard hash. It is not trimmed: a space may be part of it. */
export const password: AuthenticationFactor = {
  name: 'password',
  method: 'pwd',
  fields: ['password'],
  readEvidence(input) {
    const typed = input.password;
    if (typed === undefined || typed === '') return { field: 'password', reason: 'missing' };
    return typed.length <= maximumLength ? { factor: 'password', password: typed } : { field: 'password', reason: 'malformed' };
  },
};
