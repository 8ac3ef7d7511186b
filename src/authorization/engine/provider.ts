import { errors, type KoaContextWithOIDC, Provider } from 'oidc-provider';
import type { KeyStore } from '../../keys/keys.ts';
import type { Clock } from '../../lib/clock.ts';
import type { Log } from '../../lib/log.ts';
import { type EngineOptions, engineConfiguration } from './configuration.ts';
import { readEngineKeys } from './signing-key.ts';

export interface EngineTools extends EngineOptions {
  readonly keys: KeyStore;
  readonly log: Log;
  readonly clock: Clock;
}

/** The engine in force; another one takes its place when a key is added or retires (gap G11). */
export interface Engine {
  current(): Promise<Provider>;
  /** Takes possession of a client assertion as the engine itself does: one hearing, whichever endpoint it comes to (SU6). */
  claimAssertion(clientId: string, jti: string, expiresAtSeconds: number): Promise<boolean>;
  /** The sector a client's pairwise subjects belong to; a client without one is its own. */
  sectorOf(clientId: string): Promise<string>;
}

const lookAgainMilliseconds = 1000;

/** What went wrong with a code: its holder is not who it was made for, or does not know its verifier. */
const misused = /client mismatch|PKCE verification failed|authorization code redirect_uri mismatch|code_verifier/;

interface EngineFault {
  readonly error?: string;
  readonly error_description?: string;
  readonly error_detail?: string;
}

/** Why each request failed, as the engine told its listeners: it tells clients less. */
type Faults = WeakMap<object, EngineFault>;

/** Events of the engine that say why it refused; only codes and our own words reach the log (gap G16). */
function listen(provider: Provider, { log }: EngineTools, faults: Faults): void {
  for (const event of ['authorization.error', 'grant.error', 'pushed_authorization_request.error', 'server_error'] as const) {
    (provider.on as (event: string, listener: (context: KoaContextWithOIDC, fault: Error & EngineFault) => void) => unknown).call(
      provider,
      event,
      (context, fault) => {
        faults.set(context, fault);
        const level = event === 'server_error' ? 'error' : 'info';
        log.write(level, event.replace('.', '-'), {
          error: fault.error ?? fault.name,
          ...(fault.error_detail ? { cause: fault.error_detail } : event === 'server_error' ? { cause: fault.message } : {}),
        });
      },
    );
  }
}

/** quality R1, Q5: a code in wrong hands is a leaked code, so it is spent; a failed client authentication leaves it. */
function spendMisusedCodes(provider: Provider, { artifacts }: EngineTools, faults: Faults): void {
  provider.use(async (context, next) => {
    await next();
    const { oidc } = context as KoaContextWithOIDC;
    const fault = faults.get(context);
    const code = oidc?.params?.code;
    if (!fault || typeof code !== 'string' || !misused.test(fault.error_detail ?? '')) return;
    await artifacts.consume('AuthorizationCode', code);
  });
}

/**
 * No browser is remembered between two requests: each sign-in stands for itself, and the account of whoever sat there
 * before must neither speak for the next person nor stand in the way.
 */
function forgetSessions(provider: Provider): void {
  const name = provider.cookieName('session');
  const isSession = (pair: string) => pair.startsWith(`${name}=`) || pair.startsWith(`${name}.sig=`);
  provider.use(async (context, next) => {
    const kept = (context.req.headers.cookie ?? '').split(/; */).filter((pair) => !isSession(pair));
    context.req.headers.cookie = kept.join('; ');
    await next();
    const set = [context.res.getHeader('set-cookie') ?? []].flat().map(String);
    if (set.some(isSession))
      context.res.setHeader(
        'set-cookie',
        set.filter((line) => !isSession(line)),
      );
  });
}

/** One insert decides which of two equal tokens is heard (quality Q22, SU5, SU6). */
const claimTokenId = ({ artifacts }: EngineTools, issuer: string, jti: string, expiresAtSeconds: number): Promise<boolean> =>
  artifacts.insert('ReplayDetection', JSON.stringify([issuer, jti]), { payload: {}, expiresAt: new Date(expiresAtSeconds * 1000) });

/**
 * Trap G2: the engine looks for a `jti` first and writes it then, so that two replays at one time both pass. Here one
 * insert decides, on the parsed pair (quality Q22, SU5, SU6); the engine answers in the words of its intake.
 */
function claimTokenIds(provider: Provider, tools: EngineTools): void {
  provider.ReplayDetection.unique = (issuer, jti, expires) => claimTokenId(tools, issuer, jti, expires);
}

/** RFC 9449 §5, SU5: for a proof that was used before the engine names the request or the code as the fault. */
function nameReplayedProofs(provider: Provider, faults: Faults): void {
  provider.use(async (context, next) => {
    await next();
    const { error_description: told = '', error_detail: detail = '' } = faults.get(context) ?? {};
    if (![told, detail].includes('DPoP proof JWT Replay detected')) return;
    context.body = { error: 'invalid_dpop_proof', error_description: 'The DPoP proof was used before.' };
  });
}

async function build(tools: EngineTools): Promise<{ readonly provider: Provider; readonly version: string }> {
  const keys = await readEngineKeys(tools.keys);
  const provider = new Provider(tools.publicUrl.href.replace(/\/$/, ''), engineConfiguration(tools, keys));
  // Addresses come from our own setting: the dispatcher writes host and scheme of the public URL into each request.
  provider.proxy = true;
  const refuse = () => {
    throw new errors.UnsupportedGrantType();
  };
  for (const grantType of tools.ownGrantTypes) provider.registerGrantType(grantType, refuse);
  const faults: Faults = new WeakMap();
  listen(provider, tools, faults);
  claimTokenIds(provider, tools);
  nameReplayedProofs(provider, faults);
  spendMisusedCodes(provider, tools, faults);
  forgetSessions(provider);
  return { provider, version: keys.version };
}

export async function createEngine(tools: EngineTools): Promise<Engine> {
  let inForce = await build(tools);
  let lookedAt = tools.clock.now().getTime();
  async function current(): Promise<Provider> {
    const now = tools.clock.now().getTime();
    if (now - lookedAt < lookAgainMilliseconds) return inForce.provider;
    lookedAt = now;
    const { version } = await readEngineKeys(tools.keys);
    if (version !== inForce.version) inForce = await build(tools);
    return inForce.provider;
  }
  return {
    current,
    claimAssertion: (clientId, jti, expiresAtSeconds) => claimTokenId(tools, clientId, jti, expiresAtSeconds),
    async sectorOf(clientId) {
      const client = await (await current()).Client.find(clientId);
      return (client as { sectorIdentifier?: string } | undefined)?.sectorIdentifier ?? clientId;
    },
  };
}
