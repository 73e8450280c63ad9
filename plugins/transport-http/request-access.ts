import type { IncomingMessage } from 'node:http';
import { Config, inject, plugin } from 'dispatch/kernel';
import { AccessCheck, type AccessRule, AccessRules, Authentication, type Verdict } from './contract.js';
import { checkHost, configuredHost, type NamedHost } from './host-check.js';
import { checkOrigin, type OriginPolicy, parseOrigin } from './origin-check.js';

const present = <T>(value: T | undefined): value is T => value !== undefined;

/** Lets in whoever asks this machine by its name, from a page that may, is somebody known, and whom no rule refuses. */
@plugin({ id: 'transport-http-access', version: '0.1.0', provides: AccessCheck, critical: true })
export class RequestAccess implements AccessCheck {
  private readonly hosts: readonly NamedHost[];
  private readonly policy: OriginPolicy;
  private readonly pagePort: number;

  constructor(
    @inject(Config) config: Config,
    @inject(AccessRules) private readonly rules: readonly AccessRule[],
    @inject(Authentication) private readonly authentication: Authentication,
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

  check(request: IncomingMessage, open = false): Verdict | Promise<Verdict> {
    const refusal = this.checkPlace(request);
    if (refusal || open) return refusal;
    const verdict = this.authentication.check(request);
    if (verdict instanceof Promise) return verdict.then((refused) => refused ?? this.checkRules(request));
    return verdict ?? this.checkRules(request);
  }

  /** Where it is meant for, and which page asks. */
  private checkPlace(request: IncomingMessage): Verdict {
    const host = checkHost({ rawHeaders: request.rawHeaders, url: request.url ?? '' }, this.hosts);
    if ('status' in host) return host;
    const { origin, 'sec-fetch-site': site } = request.headers;
    const { pagePort } = this;
    return checkOrigin({ origin, site: site as string | undefined, host, localPort: request.socket.localPort, pagePort }, this.policy);
  }

  private checkRules(request: IncomingMessage): Verdict {
    for (const rule of this.rules) {
      const refused = rule.check(request);
      if (refused) return refused;
    }
    return undefined;
  }
}
