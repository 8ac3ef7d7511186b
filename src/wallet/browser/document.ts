type Members = Readonly<Record<string, unknown>>;

/** The office that gave a document, as it looked then. */
export interface Office {
  readonly identifier: string;
  readonly display: readonly Members[];
  readonly brand: string;
  readonly emblem: string | null;
  /** Root certificate, DER in base64url. */
  readonly trustAnchor: string;
}

/** A document in this browser: offered until its owner keeps it. Encrypted as a whole wherever it is stored. */
export interface HeldDocument {
  readonly id: string;
  readonly state: 'offered' | 'kept';
  readonly credential: unknown;
  readonly configuration: Members;
  readonly configurationId: string;
  /** The sort of document, for its sign in the list; unknown for those kept before there were sorts. */
  readonly category?: string | null;
  readonly office: Office;
  readonly format: string;
  readonly type: string;
  readonly algorithm: string;
  readonly claims: Members;
  /** Members of `claims` that only hold others together; documents kept by an earlier version have none. */
  readonly groups?: readonly string[];
  /** ISO 8601, as are the other times. */
  readonly issuedAt: string | undefined;
  readonly validFrom: string | undefined;
  readonly validUntil: string | undefined;
  readonly checkedAt: string;
}

export const isMembers = (value: unknown): value is Members => typeof value === 'object' && value !== null && !Array.isArray(value);

function inLanguage(display: unknown, language: string): Members | undefined {
  const entries = Array.isArray(display) ? display.filter(isMembers) : [];
  const speaks = (wanted: string) => entries.find(({ locale }) => String(locale).toLowerCase().split('-')[0] === wanted);
  return speaks(language) ?? speaks('en') ?? entries[0];
}

/** The name of a display list in a language (OpenID4VCI 1.0 §12.2.4). */
export function nameIn(display: unknown, language: string): string | undefined {
  const name = inLanguage(display, language)?.name;
  return typeof name === 'string' && name.trim() !== '' ? name : undefined;
}

export function officeName({ display, identifier }: Pick<Office, 'display' | 'identifier'>, language: string): string {
  return nameIn(display, language) ?? new URL(identifier).host;
}

/** What OpenID4VCI 1.0 keeps under `credential_metadata`, and earlier drafts beside it. */
export function describedMember(configuration: Members, name: 'display' | 'claims'): unknown {
  return isMembers(configuration.credential_metadata) ? configuration.credential_metadata[name] : configuration[name];
}

export function documentName(
  { configuration, configurationId }: Pick<HeldDocument, 'configuration' | 'configurationId'>,
  language: string,
): string {
  return nameIn(describedMember(configuration, 'display'), language) ?? configurationId;
}

export type Validity = 'valid' | 'not-yet' | 'ended';

export function validityOf({ validFrom, validUntil }: HeldDocument, now: Date): Validity {
  if (validFrom && new Date(validFrom) > now) return 'not-yet';
  return validUntil && new Date(validUntil) <= now ? 'ended' : 'valid';
}
