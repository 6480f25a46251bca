/**
 * Names become addresses once per climb, and connections use what was found: a slow resolver must not make a broker look
 * slow, nor a silent one make it look dead.
 */
import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP, type LookupFunction } from 'node:net';
import { Deadline } from './deadline.ts';
import { DeadlinePassed, ResolverSilent } from './errors.ts';

/** At least one address of a host, or a rejection as Node's own look-ups have them. */
export type Resolver = (host: string) => Promise<readonly LookupAddress[]>;

export const systemResolver: Resolver = (host) => lookup(host, { all: true });

/** A name that needs a resolver; an address does not. */
export const isName = (host: string): boolean => isIP(host) === 0;

export class Names {
  readonly #resolver: Resolver;
  readonly #limitMs: number;
  readonly #found = new Map<string, Promise<readonly LookupAddress[]>>();

  constructor(resolver: Resolver, limitMs: number) {
    this.#resolver = resolver;
    this.#limitMs = limitMs;
  }

  /** Addresses are left alone. @throws ResolverSilent; whatever the resolver throws */
  async resolve(hosts: readonly string[]): Promise<void> {
    await Promise.all(hosts.filter(isName).map((host) => this.#addressesOf(host)));
  }

  /** What `net.connect` takes. */
  readonly lookup: LookupFunction = (host, { all }, callback) => {
    this.#addressesOf(host).then(
      (addresses) => {
        const [first] = addresses;
        if (all === true) callback(null, [...addresses]);
        else callback(null, first?.address ?? '', first?.family ?? 0);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, ''),
    );
  };

  #addressesOf(host: string): Promise<readonly LookupAddress[]> {
    const found = this.#found.get(host) ?? this.#ask(host);
    this.#found.set(host, found);
    return found;
  }

  async #ask(host: string): Promise<readonly LookupAddress[]> {
    try {
      return await new Deadline(this.#limitMs).bound(`looking up ${host}`, this.#resolver(host));
    } catch (error) {
      throw error instanceof DeadlinePassed ? new ResolverSilent(error.message) : error;
    }
  }
}
