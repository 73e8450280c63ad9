import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { Clock, Config, inject, Logger, messageOf, plugin, Secrets, service } from 'dispatch/kernel';
import { Authentication, type Refusal, type Verdict } from '../transport-http/contract.js';
import { bindsLoopback, countedAs } from './address.js';
import { Admitted } from './admitted.js';
import { Access } from './contract.js';
import { cookieIn } from './cookie.js';
import { bearer, isForwarded, isHarmless } from './credentials.js';
import { LaunchCodes } from './launch-codes.js';
import { csrfMissing, tooManyTries, unauthorized } from './refusals.js';
import { SameUser } from './same-user.js';
import { digest, matches } from './secret-text.js';
import { Sessions } from './sessions.js';
import { findToken, newToken } from './token.js';
import { WrongTries } from './wrong-tries.js';

/** By what somebody was let in. */
export type LetInBy = 'off' | 'same-user' | 'token' | 'session';

/** The gate itself, for the other plugins of this folder. */
export const Gate = service<TokenGate>('dispatch.access-gate');

/** Knows who may connect: the same user, who has the token, and browsers that were let in by a launch code. */
@plugin({ id: 'access', version: '0.1.0', provides: [Authentication, Access, Gate], critical: true })
export class TokenGate implements Authentication, Access {
  readonly mode: Access['mode'];
  /** Name of the cookie: of its own for each data folder, since browsers keep one jar for all ports of a host. */
  readonly cookieName: string;
  readonly admitted = new Admitted();
  private readonly host: string;
  private readonly given: string | undefined;
  private readonly file: string;
  private readonly sameUser: SameUser | undefined;
  private readonly codes = new LaunchCodes();
  private readonly tries = new WrongTries();
  private readonly sessions: Sessions;
  private token: Buffer = digest('');

  constructor(
    @inject(Config) config: Config,
    @inject(Clock) private readonly clock: Clock,
    @inject(Secrets) private readonly secrets: Secrets,
    @inject(Logger) private readonly logger: Logger,
  ) {
    this.mode = config.text('auth') as Access['mode'];
    this.host = config.text('http.host');
    this.given = config.value('access.token') as string | undefined;
    const dataDir = config.text('dataDir');
    this.file = join(dataDir, 'token');
    this.sessions = new Sessions(join(dataDir, 'sessions.json'));
    this.cookieName = `dispatch-${digest(dataDir).toString('hex').slice(0, 8)}`;
    this.sameUser = this.mode === 'same-user' && bindsLoopback(this.host) ? new SameUser(process.getuid?.()) : undefined;
  }

  get tokenFile(): string | undefined {
    return this.given === undefined && this.mode !== 'off' ? this.file : undefined;
  }

  get tokenNeeded(): boolean {
    return this.mode !== 'off' && (this.sameUser === undefined || process.platform !== 'linux');
  }

  start(): void {
    if (this.mode === 'off')
      return this.logger.warn(`access control is OFF (DISPATCH_AUTH=off): anybody who reaches ${this.host} can run commands as you`);
    const token = findToken({ given: this.given, file: this.file, mustExist: !bindsLoopback(this.host) });
    if (token === undefined)
      throw new Error(
        `listening on ${this.host} lets others reach this server, and it has no token: set DISPATCH_TOKEN or DISPATCH_TOKEN_FILE, or put one into ${this.file} (mode 600); DISPATCH_AUTH=off, if anybody at all may run commands as you`,
      );
    this.hold(token);
    this.sessions.load(token);
  }

  check(request: IncomingMessage): Verdict | Promise<Verdict> {
    if (this.mode === 'off') return undefined;
    if (!this.sameUser || isForwarded(request)) return this.byCredential(request);
    const same = this.sameUser.of(request.socket);
    if (same === true) return undefined;
    if (same === false) return this.byCredential(request);
    return same.then((yes) => (yes ? undefined : this.byCredential(request)));
  }

  /** By what a request that was let in was let in. */
  letInBy(request: IncomingMessage): LetInBy {
    if (this.mode === 'off') return 'off';
    if (this.sameUser?.of(request.socket) === true && !isForwarded(request)) return 'same-user';
    return bearer(request) === undefined ? 'session' : 'token';
  }

  launchPath(): string {
    return `/launch?code=${this.codes.make(this.clock.elapsed())}`;
  }

  /** Exchanges a launch code for what the cookie of a new session holds; or tells why not. */
  redeem(code: string, request: IncomingMessage): { cookie: string } | Refusal {
    const refusal = this.tried(request, (now) => this.codes.take(code, now));
    return refusal ?? { cookie: this.sessions.make(this.clock.now()) };
  }

  /** Whether a request shows the cookie of a session. */
  hasSession({ headers }: IncomingMessage): boolean {
    const cookie = cookieIn(headers.cookie, this.cookieName);
    return cookie !== undefined && this.sessions.has(cookie, this.clock.now());
  }

  /**
   * Makes a new token and takes back the old one: sessions and codes end, and what it let in is closed, but for the one
   * who asks. Undefined when there is no token of ours to replace. Throws, and changes nothing, when it cannot be kept.
   */
  rotate(asking: IncomingMessage): string | undefined {
    if (this.tokenFile === undefined) return undefined;
    const token = newToken(this.file);
    this.hold(token);
    this.codes.clear();
    this.admitted.closeAll(asking.socket);
    try {
      this.sessions.clear(token);
    } catch (thrown) {
      this.logger.warn(`the ended sessions could not be stored: ${messageOf(thrown)}`); // with another token they are void anyway
    }
    return token;
  }

  private hold(token: string): void {
    this.secrets.add(token);
    this.token = digest(token);
  }

  private byCredential(request: IncomingMessage): Verdict {
    const token = bearer(request);
    if (token !== undefined) return this.tried(request, () => matches(token, this.token));
    if (!this.hasSession(request)) return unauthorized;
    if (!isHarmless(request) && !request.headers['x-dispatch-csrf']) return csrfMissing;
    this.admitted.add(request.socket);
    return undefined;
  }

  /** Looks at something that has to be right, unless there were too many wrong ones from that address. */
  private tried({ socket }: IncomingMessage, isRight: (now: number) => boolean): Verdict {
    const [address, now] = [countedAs(socket.remoteAddress), this.clock.elapsed()];
    const waitMs = this.tries.waitMs(address, now);
    if (waitMs > 0 && !this.tries.isProven(address)) return tooManyTries(waitMs);
    if (isRight(now)) {
      this.tries.right(address);
      this.admitted.add(socket);
      return undefined;
    }
    this.tries.wrong(address, now);
    return waitMs > 0 ? tooManyTries(waitMs) : unauthorized;
  }
}
