import { Refusal } from '../oauth/refusal.ts';

/** Everything that can go wrong in front of a holder; each has words in every language (quality EP1). */
export const faultCodes = [
  'forged',
  'forgotten',
  'unavailable',
  'unknown_document',
  'unknown_office',
  'bad_invitation',
  'unsupported_invitation',
  'untrusted_answer',
  'refused',
  'no_record',
  'not_ready',
  'unexpected',
] as const;
export type FaultCode = (typeof faultCodes)[number];

const sentences: Readonly<Record<Exclude<FaultCode, 'forged' | 'unexpected'>, readonly [status: number, description: string]>> = {
  forgotten: [410, 'This step was finished before, or was left open for too long. Start again.'],
  unavailable: [503, 'A service this needs does not answer for the moment. Try again shortly.'],
  unknown_document: [404, 'There is no such document.'],
  unknown_office: [403, 'This wallet does not know who sent the invitation.'],
  bad_invitation: [400, 'The invitation cannot be read.'],
  unsupported_invitation: [400, 'An invitation of this kind cannot be opened here.'],
  untrusted_answer: [400, 'The answer does not belong to the sign-in that was begun here.'],
  refused: [502, 'The office refused the request.'],
  no_record: [403, 'The office cannot give this document.'],
  not_ready: [409, 'The office has not made this document ready yet. Come back later.'],
};

/** A refusal that a page, or the browser application, can put into words. `cause` is for the log. */
export function walletFault(code: keyof typeof sentences, cause?: unknown): Refusal {
  const [status, description] = sentences[code];
  return new Refusal(status, code, description, { cause });
}

/** The words to use for any refusal. */
export function faultCodeOf(refusal: Refusal): FaultCode {
  return faultCodes.find((code) => code === refusal.error) ?? (refusal.status === 503 ? 'unavailable' : 'unexpected');
}
