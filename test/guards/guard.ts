/** One guard of the product, and the test that has to turn red without it. */
export interface Guard {
  /** What is missing, in words. */
  readonly without: string;
  readonly file: string;
  /** The guard as it is written; it stands once in the file. */
  readonly text: string;
  readonly instead: string;
  readonly test: string;
  /** The name of the test, its suite's name before it, or the part that tells it apart. */
  readonly red: RegExp;
  /** Tests of the same file that have to run before that one. */
  readonly after?: RegExp;
}

type Entry = Omit<Guard, 'file' | 'test'> & { readonly test?: string };

/** The guards of one file; most of them are held by one file of tests. */
export function guardsIn(file: string, test: string, entries: readonly Entry[]): readonly Guard[] {
  return entries.map((entry) => ({ file, test, ...entry }));
}
