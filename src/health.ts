import type { FastifyInstance } from 'fastify';
import { Type } from 'typebox';
import type { Role } from './config-schema.ts';
import { operation } from './operation.ts';
import type { Registry } from './registry/registry.ts';
import { healthRoutes } from './routes.ts';

/** One thing a role cannot work without. `check` rejects with the cause. */
export interface HealthCheck {
  readonly role: Role;
  readonly name: 'database' | 'registry';
  check(signal: AbortSignal): Promise<void>;
}

export interface HealthReport {
  readonly role: Role;
  readonly name: HealthCheck['name'];
  readonly state: 'ready' | 'unavailable';
  readonly cause?: string;
}

const Live = Type.Object({ status: Type.Literal('live'), roles: Type.Array(Type.String()) });
const state = Type.Union([Type.Literal('ready'), Type.Literal('unavailable')]);
const Ready = Type.Object({ status: state, roles: Type.Record(Type.String(), state) });
const readiness = { summary: 'Say whether each role can work', answers: { 200: Ready, 503: Ready } };

const deadlineMilliseconds = 2000;

async function report(check: HealthCheck): Promise<HealthReport> {
  const { role, name } = check;
  try {
    await check.check(AbortSignal.timeout(deadlineMilliseconds));
    return { role, name, state: 'ready' };
  } catch (cause) {
    return { role, name, state: 'unavailable', cause: cause instanceof Error ? cause.message : String(cause) };
  }
}

export function examine(checks: readonly HealthCheck[]): Promise<readonly HealthReport[]> {
  return Promise.all(checks.map(report));
}

/** A role works while all its registries answer. */
export function registryCheck(role: Role, registries: Record<string, Registry>): HealthCheck {
  return {
    role,
    name: 'registry',
    async check(signal) {
      for (const [name, registry] of Object.entries(registries)) {
        if ((await registry.check(signal)) === 'unavailable') throw new Error(`The registry ${name} does not answer.`);
      }
    },
  };
}

/** Public health of each role of this process (design §8): states only; the causes are for operators. */
export function mountHealth(server: FastifyInstance, roles: readonly Role[], checks: readonly HealthCheck[]): void {
  server.get(healthRoutes.live, operation({ summary: 'Say that the process lives', answers: { 200: Live } }), async (_request, reply) =>
    reply.header('cache-control', 'no-store').send({ status: 'live', roles }),
  );
  server.get(healthRoutes.ready, operation(readiness), async (_request, reply) => {
    const reports = await examine(checks);
    const unavailable = new Set(reports.filter((entry) => entry.state === 'unavailable').map((entry) => entry.role));
    const states = Object.fromEntries(roles.map((role) => [role, unavailable.has(role) ? 'unavailable' : 'ready']));
    const status = unavailable.size > 0 ? 'unavailable' : 'ready';
    return reply
      .code(unavailable.size > 0 ? 503 : 200)
      .header('cache-control', 'no-store')
      .send({ status, roles: states });
  });
}
