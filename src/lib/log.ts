/** The only fields that a log line may carry (quality Q23): nothing here can hold personal data. */
export interface LogFields {
  readonly requestId?: string;
  readonly role?: string;
  readonly method?: string;
  /** The route's pattern, never the URL that was asked. */
  readonly route?: string;
  readonly status?: number;
  readonly durationMilliseconds?: number;
  readonly error?: string;
  readonly description?: string;
  /** Name and message of the underlying error of ours; stack only at level debug. */
  readonly cause?: string;
  readonly clientId?: string;
  readonly issuer?: string;
  readonly credentialType?: string;
  readonly outcome?: string;
  readonly count?: number;
}

export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

/** Writes one JSON line per event; fields outside `LogFields` are dropped at run time too. */
export interface Log {
  write(level: LogLevel, event: string, fields?: LogFields): void;
}

const allowed: ReadonlySet<string> = new Set<keyof LogFields>([
  'requestId',
  'role',
  'method',
  'route',
  'status',
  'durationMilliseconds',
  'error',
  'description',
  'cause',
  'clientId',
  'issuer',
  'credentialType',
  'outcome',
  'count',
]);

export interface LogOptions {
  readonly level: LogLevel;
  readonly line: (text: string) => void;
  readonly now: () => Date;
}

const ranks: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export function createLog({ level, line, now }: LogOptions): Log {
  return {
    write(eventLevel, event, fields = {}) {
      if (ranks[eventLevel] < ranks[level]) return;
      const kept = Object.fromEntries(Object.entries(fields).filter(([name, value]) => allowed.has(name) && value !== undefined));
      line(JSON.stringify({ time: now().toISOString(), level: eventLevel, event, ...kept }));
    },
  };
}

export const silentLog: Log = { write() {} };
