import { type DispatchEvent, type EventListener, EventListeners, inject, Logger, plugin, Settings } from 'dispatch/kernel';

@plugin({
  id: 'turn-notice',
  version: '1.0.0',
  engine: '^0.1.0',
  provides: EventListeners,
  capabilities: ['network'],
  settings: {
    type: 'object',
    properties: {
      url: { type: 'string', pattern: '^https?://', description: 'Address that is told of each long turn; nobody is without.' },
      token: { type: 'string', secret: true, description: 'Sent there as a bearer token.' },
      minSeconds: { type: 'number', minimum: 0, default: 10, description: 'Turns that took less are not told of.' },
    },
    additionalProperties: false,
  },
})
export default class TurnNotice implements EventListener {
  private readonly over = new AbortController();

  constructor(
    @inject(Settings) private readonly settings: Settings,
    @inject(Logger) private readonly logger: Logger,
  ) {}

  onEvent(event: DispatchEvent): void {
    if (this.settings.value('url') === undefined || event.type !== 'done') return;
    if ((event.durationMs ?? 0) < this.settings.number('minSeconds') * 1_000) return;
    void this.tell(`conversation ${event.conversationId}: ${event.reason} after ${Math.round((event.durationMs ?? 0) / 1_000)} s`);
  }

  stop(): void {
    this.over.abort();
  }

  private async tell(text: string): Promise<void> {
    const token = this.settings.value('token');
    const headers = { 'content-type': 'application/json', ...(token !== undefined && { authorization: `Bearer ${token}` }) };
    const signal = AbortSignal.any([this.over.signal, AbortSignal.timeout(10_000)]);
    try {
      const answer = await fetch(this.settings.text('url'), { method: 'POST', headers, body: JSON.stringify({ text }), signal });
      if (!answer.ok) this.logger.warn(`the notice was refused with ${answer.status}`);
    } catch (thrown) {
      this.logger.warn(`the notice did not arrive: ${thrown instanceof Error ? thrown.message : thrown}`);
    }
  }
}
