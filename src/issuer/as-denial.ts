import { ClaimFault } from '../formats/format.ts';
import { denied } from './claims.ts';

/** A value the format cannot carry ends as a final refusal: the same request would fail again (§8.3.1.2). */
export function asDenial(fault: unknown): unknown {
  return fault instanceof ClaimFault ? denied('The registry holds a value that this credential cannot carry.', fault.message) : fault;
}
