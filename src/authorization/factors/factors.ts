import type { FactorName } from '../../registry/registry.ts';
import type { AuthenticationFactor } from '../factor.ts';
import { knowledge } from './knowledge.ts';
import { otp } from './otp.ts';
import { password } from './password.ts';

/** Every way to sign in: a new one is a file and a line here. */
const factors: readonly AuthenticationFactor[] = [otp, password, knowledge];

export function findFactor(name: FactorName): AuthenticationFactor {
  const found = factors.find((factor) => factor.name === name);
  if (!found) throw new Error(`No factor is called ${name}.`);
  return found;
}
