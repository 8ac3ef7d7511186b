/** The scheme a protected resource asks for (RFC 6750 §3, RFC 9449 §7.1). */
export type Scheme = 'Bearer' | 'DPoP';

const quoted = (text: string) => `"${text.replace(/[^\x20-\x21\x23-\x5b\x5d-\x7e]/g, '?')}"`;

export interface ChallengeParameters {
  readonly error?: string;
  readonly description?: string;
  readonly scope?: string;
  readonly algorithms?: readonly string[];
}

/** One challenge of a `WWW-Authenticate` header. */
export function challenge(scheme: Scheme, { error, description, scope, algorithms }: ChallengeParameters = {}): string {
  const parameters = [
    ...(error ? [`error=${quoted(error)}`] : []),
    ...(description ? [`error_description=${quoted(description)}`] : []),
    ...(scope ? [`scope=${quoted(scope)}`] : []),
    ...(algorithms ? [`algs=${quoted(algorithms.join(' '))}`] : []),
  ];
  return parameters.length > 0 ? `${scheme} ${parameters.join(', ')}` : scheme;
}
