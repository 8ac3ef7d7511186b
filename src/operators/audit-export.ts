import type { Signer } from '../keys/keys.ts';
import { base64url, readBase64url } from '../lib/bytes.ts';
import { isJsonObject, type Json, type JsonObject } from '../lib/json.ts';
import type { AuditEntry } from '../store/audit.ts';
import { type AuditFault, allChains, ChainCheck } from '../store/audit-chain.ts';
import { type AuditSource, pagesUpTo } from './audit-check.ts';
import { type Checkpoint, signCheckpoint, verifyCheckpoint } from './audit-checkpoint.ts';

/** A trail as JSON lines, in the order of its chains; the last line is a signed checkpoint of where they ended. */
export async function* exportTrail({ service, audit }: AuditSource, signing: { signer: Signer; at: Date }): AsyncGenerator<string> {
  const heads = await audit.heads();
  for (const head of heads)
    for await (const entries of pagesUpTo(audit, head))
      for (const { hash, at, ...entry } of entries) yield `${JSON.stringify({ ...entry, at: at.toISOString(), hash: base64url(hash) })}\n`;
  yield `${JSON.stringify({ checkpoint: await signCheckpoint(service, heads, signing) })}\n`;
}

/** A line that is none. */
export class ExportFault extends Error {
  constructor(line: number, reason: string) {
    super(`line ${line}: ${reason}`);
    this.name = 'ExportFault';
  }
}

function readEntry({ chain, number, id, issuer, at, event, hash }: JsonObject): AuditEntry | undefined {
  const bytes = typeof hash === 'string' ? readBase64url(hash) : undefined;
  const texts = [id, issuer, at, event].every((text) => typeof text === 'string');
  if (!texts || !Number.isSafeInteger(chain) || !Number.isSafeInteger(number) || !bytes || Number.isNaN(Date.parse(at as string)))
    return undefined;
  return { chain, number, id, issuer, at: new Date(at as string), event, hash: bytes } as AuditEntry;
}

export interface ExportReport extends Checkpoint {
  readonly entries: number;
  readonly faults: readonly AuditFault[];
}

function readLine(text: string, line: number): JsonObject {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    throw new ExportFault(line, 'cannot be read');
  }
  if (!isJsonObject(value)) throw new ExportFault(line, 'is no object');
  return value;
}

/**
 * Checks an export without the database it came from (features G12). Whether the key that signed it is ours, the reader decides by
 * `signedBy`. Throws `ExportFault` or, when the checkpoint is not what its signature says, `JwsFault`.
 */
export async function checkExport(lines: Iterable<string>): Promise<ExportReport> {
  const kept: AuditEntry[][] = allChains.map(() => []);
  let checkpoint: Checkpoint | undefined;
  let line = 0;
  for (const text of lines) {
    line += 1;
    if (checkpoint) throw new ExportFault(line, 'stands after the checkpoint');
    const value = readLine(text, line);
    if (typeof value.checkpoint === 'string') {
      checkpoint = await verifyCheckpoint(value.checkpoint);
      continue;
    }
    const entry = readEntry(value);
    const chain = kept[entry?.chain ?? -1];
    if (!entry || !chain) throw new ExportFault(line, 'is no entry');
    chain.push(entry);
  }
  if (!checkpoint) throw new ExportFault(line, 'ends without its checkpoint');
  const { service, passed } = checkpoint;
  const checks = kept.map((entries, chain) => {
    const check = new ChainCheck(service, chain);
    for (const entry of entries) check.take(entry);
    check.end(passed.find((one) => one.chain === chain));
    return check;
  });
  return { ...checkpoint, entries: checks.reduce((sum, { length }) => sum + length, 0), faults: checks.flatMap(({ faults }) => faults) };
}
