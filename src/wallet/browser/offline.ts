const workerAddress = '/wallet/service-worker.js';

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(address: string): string }): { createScriptURL(address: string): string };
}

/** Registers the service worker, so that documents can be read without a network. Nothing depends on it. */
export function prepareOffline(): void {
  if (!('serviceWorker' in navigator)) return;
  // The page's policy knows this one name; it lets through this one address.
  const policies = (window as unknown as { readonly trustedTypes?: Policies }).trustedTypes;
  const policy = policies?.createPolicy('chancery-offline', {
    createScriptURL(address) {
      if (address !== workerAddress) throw new TypeError('No other script is loaded.');
      return address;
    },
  });
  const address = policy ? policy.createScriptURL(workerAddress) : workerAddress;
  navigator.serviceWorker.register(address, { scope: '/wallet/' }).catch(() => undefined);
}
