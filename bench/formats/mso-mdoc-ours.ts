import { judgeByOwf } from '../../test/support/judge-mdoc-owf.ts';
import type { Maker } from './maker.ts';
import { certified, claims, floorOf, issuerOf } from './mdoc-licence.ts';

export async function createMaker(): Promise<Maker> {
  const { certificates, root } = await certified();
  const make = issuerOf(certificates);
  return {
    make,
    floor: floorOf(await make()),
    judge: async (credential) => {
      const { faults, passed } = await judgeByOwf(String(credential), root);
      if (faults.length > 0 || passed < Object.keys(claims).length) throw new Error(`@owf/mdoc: ${faults.join('; ')}`);
    },
  };
}
