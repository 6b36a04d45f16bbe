import type { Egress } from '../../src/security/egress/egress-guard';

/** The way out where a test has no network: whoever takes it fails. */
export const noEgress: Egress = { fetch: refuse, send: refuse };

function refuse(): Promise<never> {
  return Promise.reject(new Error('There is no network in this test'));
}
