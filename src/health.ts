import type { FastifyInstance } from 'fastify';
import type { Role } from './config-schema.ts';
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

/** Public health of each role of this process (design §8): states only; the causes are for operators. */
export function mountHealth(server: FastifyInstance, roles: readonly Role[], checks: readonly HealthCheck[]): void {
  server.get(healthRoutes.live, async (_request, reply) => reply.header('cache-control', 'no-store').send({ status: 'live', roles }));
  server.get(healthRoutes.ready, async (_request, reply) => {
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
