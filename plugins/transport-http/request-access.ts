import type { IncomingMessage } from 'node:http';
import { Config, inject, plugin } from 'dispatch/kernel';
import { AccessCheck, type AccessRule, AccessRules, type Refusal } from './contract.js';
import { checkHost, configuredHost, type NamedHost } from './host-check.js';
import { checkOrigin, type OriginPolicy, parseOrigin } from './origin-check.js';

const present = <T>(value: T | undefined): value is T => value !== undefined;

/** Lets in whoever asks this machine by its name, from a page that may, and whom no other rule refuses. */
@plugin({ id: 'transport-http-access', version: '0.1.0', provides: AccessCheck, critical: true })
export class RequestAccess implements AccessCheck {
  private readonly hosts: readonly NamedHost[];
  private readonly policy: OriginPolicy;

  private readonly pagePort: number;

  constructor(
    @inject(Config) config: Config,
    @inject(AccessRules) private readonly rules: readonly AccessRule[],
  ) {
    this.hosts = [config.text('http.host'), ...config.list('http.allowedHosts')].map(configuredHost).filter(present);
    this.pagePort = config.number('http.port');
    this.policy = {
      origins: config
        .list('http.allowedOrigins')
        .map((text) => parseOrigin(text.trim().replace(/\/$/, '')))
        .filter(present),
      devPorts: ((config.value('http.devPorts') as readonly unknown[] | undefined) ?? []).map(Number),
    };
  }

  check(request: IncomingMessage): Refusal | undefined {
    const host = checkHost({ rawHeaders: request.rawHeaders, url: request.url ?? '' }, this.hosts);
    if ('status' in host) return host;
    const { origin, 'sec-fetch-site': site } = request.headers;
    const refusal = checkOrigin(
      { origin, site: site as string | undefined, host, localPort: request.socket.localPort, pagePort: this.pagePort },
      this.policy,
    );
    if (refusal) return refusal;
    for (const rule of this.rules) {
      const refused = rule.check(request);
      if (refused) return refused;
    }
    return undefined;
  }
}
