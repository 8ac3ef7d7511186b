import type { Challenge, Evidence, FactorName } from '../registry/registry.ts';

/** What a person typed, as the form sent it. */
export type FormInput = Readonly<Record<string, string | undefined>>;

/** A fault of one field, by the name of a sentence in the word list. */
export interface FieldFault {
  readonly field: 'individual_id' | 'otp' | 'password' | 'name' | 'birthdate';
  readonly reason: 'missing' | 'malformed';
}

/**
 * A way to sign in (design §4): one file each. The registry judges the evidence; a factor reads it from the form,
 * and refuses what is empty or cannot be meant, so that an empty answer never reaches a comparison.
 */
export interface AuthenticationFactor {
  readonly name: FactorName;
  /** Authentication Method Reference (RFC 8176). */
  readonly method: string;
  readonly fields: readonly FieldFault['field'][];
  readEvidence(input: FormInput, challenge: Challenge): Evidence | FieldFault;
}

/** The trimmed text of a field; `undefined` when it is missing, empty or longer than a person would type. */
export function readField(input: FormInput, name: string): string | undefined {
  const text = input[name]?.normalize('NFC').trim();
  return text !== undefined && text !== '' && text.length <= 256 && text.isWellFormed() ? text : undefined;
}
