import { ClaimFault } from '../formats/format.ts';
import { LintFault } from '../formats/lint.ts';
import { denied } from './claims.ts';

/** A value the format cannot carry ends as a final refusal: the same request would fail again (§8.3.1.2). */
export function asDenial(fault: unknown): unknown {
  // quality Q20: our own fault, and the same request would meet it again.
  if (fault instanceof LintFault) return denied('What was to be signed breaks a rule of its format; nothing was issued.', fault);
  return fault instanceof ClaimFault ? denied('The registry holds a value that this credential cannot carry.', fault.message) : fault;
}
