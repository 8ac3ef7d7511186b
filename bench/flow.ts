import { readFile } from 'node:fs/promises';
import { jsonOf, Messenger } from '../examples/walk/exchange.ts';
import {
  keyProof,
  makeKey,
  obtainCode,
  obtainNonce,
  readAuthorizationServer,
  readIssuer,
  redeemCode,
  requestCredential,
} from '../examples/walk/holder.ts';
import type { Instance } from '../test/support/instance.ts';
import { startThreeServices, type ThreeServices } from '../test/support/three-services.ts';
import { cpuSeconds, residentMebibytes } from './process-cpu.ts';
import type { Row } from './report.ts';

/** The code of three servers needs about as many flows until it runs as it does in an office that has been open for a while. */
const warmUp = 150;
const measured = 100;

interface Persona {
  readonly individualId: string;
  readonly name: string;
  readonly birthdate: string;
}

/** Operators see how many statements each role has sent. */
async function statementsOf(instance: Instance): Promise<number> {
  const key = (await readFile(`${instance.dataFolder}/operator-key`, 'utf8')).trim();
  const answer = await fetch(new URL('/statistics', instance.operators), { headers: { authorization: `Bearer ${key}` } });
  const { statements } = (await answer.json()) as { statements: Record<string, number> };
  return Object.values(statements).reduce((sum, value) => sum + value, 0);
}

async function playFlow({ issuer, authorization }: ThreeServices, persona: Persona): Promise<void> {
  const messenger = new Messenger();
  const credentialIssuer = await readIssuer(messenger, `${issuer.url.origin}/issuers/civil-registry`);
  const server = await readAuthorizationServer(messenger, `${authorization.url.origin}/authorization`);
  const client = { clientId: 'walk', redirectUri: 'http://127.0.0.1:8099/callback', dpopKey: await makeKey() };
  const request = { server, client, scope: 'openid national_identity' };
  const code = await obtainCode(messenger, request, { ...persona, factor: 'knowledge' });
  const token = jsonOf(await redeemCode(messenger, request, code), 200);
  const proof = await keyProof(
    await makeKey(),
    credentialIssuer.identifier,
    await obtainNonce(messenger, credentialIssuer),
    client.clientId,
  );
  jsonOf(
    await requestCredential(
      messenger,
      credentialIssuer,
      { dpopKey: client.dpopKey, accessToken: token.access_token as string },
      {
        credential_configuration_id: 'NationalIdentity',
        proofs: { jwt: [proof] },
      },
    ),
    200,
  );
}

/** A whole flow, pushed request to credential, split by service (performance B5). */
export async function benchFlow(): Promise<readonly Row[]> {
  const [persona] = JSON.parse(await readFile(new URL('../examples/demo/personas.json', import.meta.url), 'utf8')) as Persona[];
  if (!persona) throw new Error('The demo has no personas.');
  const services = await startThreeServices({ CHANCERY_LOG_LEVEL: 'error' });
  try {
    for (let flow = 0; flow < warmUp; flow += 1) await playFlow(services, persona);
    const roles = ['authorization', 'issuer'] as const;
    const look = async () =>
      Promise.all(
        roles.map(async (role) => ({ cpu: cpuSeconds(services[role].process.pid ?? 0), statements: await statementsOf(services[role]) })),
      );
    const before = await look();
    for (let flow = 0; flow < measured; flow += 1) await playFlow(services, persona);
    const after = await look();
    const rows = roles.flatMap((role, index): Row[] => {
      const [from, to] = [before[index], after[index]];
      if (!from || !to) return [];
      return [
        {
          name: `whole flow, ${role}: CPU`,
          value: `${(((to.cpu - from.cpu) * 1000) / measured).toFixed(1)} ms`,
          note: `${measured} flows in a row, knowledge factor, discovery included`,
        },
        { name: `whole flow, ${role}: SQL statements`, value: ((to.statements - from.statements) / measured).toFixed(1) },
      ];
    });
    const resident = (
      Object.entries({ wallet: services.wallet, authorization: services.authorization, issuer: services.issuer }) as [string, Instance][]
    ).map(
      ([role, instance]): Row => ({
        name: `resident memory after the flows, ${role}`,
        value: `${residentMebibytes(instance.process.pid ?? 0).toFixed(0)} MiB`,
      }),
    );
    return [...rows, ...resident];
  } finally {
    await services.stop();
  }
}
