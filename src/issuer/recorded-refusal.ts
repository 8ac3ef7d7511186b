import { LintFault } from '../formats/lint.ts';
import { base64url } from '../lib/bytes.ts';
import { Refusal } from '../oauth/refusal.ts';
import type { Audit } from '../store/audit.ts';
import type { IssuanceTools, VerifiedRequest } from './issuance.ts';
import { addressOf, subjectHash } from './ledger-groups.ts';

/**
 * What was refused to somebody who had proven everything is in the audit trail before they hear of it (quality Q25): who asked for
 * what, for whom, and why not. What a stranger sends without a good token and proof is refused without a row.
 */
export async function withRefusalRecorded<Result>(
  { audit, identifier, keys }: Pick<IssuanceTools, 'identifier' | 'keys'> & { readonly audit: Audit },
  { type, subject, grant, requestId, from }: VerifiedRequest,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    return await work();
  } catch (fault) {
    // 503 is no decision: the same request may succeed in a moment.
    if (!(fault instanceof Refusal) || fault.status === 503) throw fault;
    await audit.record(identifier, {
      actor: grant.clientId ?? 'anonymous',
      action: 'issue',
      object: `${type.id}/${type.version}`,
      subject: base64url(await subjectHash(keys, subject)),
      ...(await addressOf(keys, from)),
      outcome: fault.error,
      ...(fault.cause instanceof LintFault ? { lint: fault.cause.code } : {}),
      request: requestId,
    });
    throw fault;
  }
}
