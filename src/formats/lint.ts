import type { Judge, Lint } from './format.ts';

/** What would have been signed breaks a rule. The message is the rule's name and never a value. */
export class LintFault extends Error {
  /** The id of the rule: what logs show of a fault. */
  readonly code: string;
  constructor(lint: string) {
    super(lint);
    this.name = 'LintFault';
    this.code = lint;
  }
}

/** Looks at what is about to be signed (quality Q20). Throws `LintFault` with the first rule that is broken. */
export function createLinter(lints: readonly Lint<never>[]): Judge {
  return (draft, order) => {
    let at = 0;
    try {
      while (at < lints.length && (lints[at] as Lint<never>).holds(draft as never, order)) at += 1;
    } catch {
      // What a rule cannot even look at does not keep it.
    }
    const broken = lints[at];
    if (broken) throw new LintFault(broken.id);
  };
}
