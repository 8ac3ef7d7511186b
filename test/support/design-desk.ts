import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { JsonObject } from '../../src/lib/json.ts';
import { compact } from '../hostile/token-mutants.ts';
import { type IssuerStage, makeTestKey } from './issuer-stage.ts';

/** A type designer at a running issuer, and a wallet that asks for what was designed. */
export interface DesignDesk {
  /** Saves a design and publishes it. */
  publish(design: { readonly id: string; readonly version: number }): Promise<void>;
  issue(configuration: string, scope: string): Promise<string & JsonObject>;
}

export async function openDesignDesk(stage: IssuerStage, person: string): Promise<DesignDesk> {
  const operatorKey = (await readFile(join(stage.instance.dataFolder, 'operator-key'), 'utf8')).trim();
  const holder = await makeTestKey();
  const operate = (method: string, path: string, headers: Record<string, string>, body?: object) =>
    fetch(new URL(`/issuers/civil-registry/credential-types/${path}`, stage.instance.operators), {
      method,
      headers: { authorization: `Bearer ${operatorKey}`, ...(body ? { 'content-type': 'application/json' } : {}), ...headers },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
  return {
    async publish(design) {
      const place = `${design.id}/${design.version}`;
      const saved = await operate('PUT', place, { 'if-none-match': '*' }, design);
      assert.deepEqual(((await saved.json()) as { faults: unknown }).faults, [], place);
      const published = await operate('POST', `${place}/publish`, { 'if-match': saved.headers.get('etag') ?? '' });
      assert.equal(published.status, 200, await published.text());
    },
    async issue(configuration, scope) {
      const { c_nonce: nonce } = (await (await fetch(`${stage.issuer}/nonce`, { method: 'POST' })).json()) as { c_nonce: string };
      const claims = { iss: 'wallet', aud: stage.issuer, iat: Math.floor(Date.now() / 1000), nonce };
      const proof = compact({ typ: 'openid4vci-proof+jwt', alg: 'ES256', jwk: holder.publicJwk }, claims, holder.key);
      const answer = await fetch(`${stage.issuer}/credential`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${stage.token(person, { scope })}` },
        body: JSON.stringify({ credential_configuration_id: configuration, proofs: { jwt: [proof] } }),
      });
      const reply = (await answer.json()) as { credentials?: { credential: string & JsonObject }[] };
      return reply.credentials?.[0]?.credential ?? assert.fail(`${configuration}: ${JSON.stringify(reply)}`);
    },
  };
}
