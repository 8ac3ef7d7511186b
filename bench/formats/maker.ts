/** Makes credentials of one format, ours or a peer's, in a process of its own; every maker of a format makes the same document. */
export interface Maker {
  make(): Promise<unknown>;
  /** The cryptography of one such credential over the very bytes, and nothing else (performance §1.1). */
  floor(): void;
  /** Throws unless a library that is not ours verifies the credential. A peer is taken at its word. */
  judge?(credential: unknown): Promise<void>;
}

/** What a process that measured one maker tells. */
export interface Measurement {
  readonly microseconds: number;
  readonly floor: number;
  /** Cost over floor, round by round. */
  readonly ratios: readonly number[];
  readonly judged: number;
}
