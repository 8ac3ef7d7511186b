import { freePorts, type Instance, startInstance } from './instance.ts';

export interface ThreeServices {
  readonly wallet: Instance;
  readonly authorization: Instance;
  readonly issuer: Instance;
  stop(): Promise<void>;
}

/** The three services in three processes, on three origins, each with a database and keys of its own (features A29). */
export async function startThreeServices(environment: Readonly<Record<string, string>> = {}): Promise<ThreeServices> {
  const [walletPort = 0, authorizationPort = 0, issuerPort = 0] = await freePorts(3);
  const shared = {
    CHANCERY_PUBLIC_URL_WALLET: `http://localhost:${walletPort}`,
    CHANCERY_PUBLIC_URL_AUTHORIZATION: `http://localhost:${authorizationPort}/authorization`,
    CHANCERY_PUBLIC_URL_ISSUER: `http://localhost:${issuerPort}`,
    ...environment,
  };
  const start = (role: string, port: number) => startInstance({ port, environment: { ...shared, CHANCERY_ROLES: role } });
  const [issuer, authorization, wallet] = await Promise.all([
    start('issuer', issuerPort),
    start('authorization', authorizationPort),
    start('wallet', walletPort),
  ]);
  return {
    wallet,
    authorization,
    issuer,
    async stop() {
      await Promise.all([wallet.stop(), authorization.stop(), issuer.stop()]);
    },
  };
}
