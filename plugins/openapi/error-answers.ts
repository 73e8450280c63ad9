import { STATUS_CODES } from 'node:http';
import type { JsonSchema } from './components.js';

/** The answers that are no success: one shape, one component for each status. */
export class ErrorAnswers {
  private readonly used = new Set<number>();

  constructor(private readonly body: JsonSchema) {}

  /** By status, and `default` for whatever else can go wrong. */
  of(statuses: readonly number[]): Record<string, JsonSchema> {
    const distinct = [...new Set(statuses)].sort((a, b) => a - b);
    for (const status of distinct) this.used.add(status);
    const all = distinct.map((status) => [String(status), { $ref: `#/components/responses/Error${status}` }]);
    return { ...Object.fromEntries(all), default: { $ref: '#/components/responses/Error' } };
  }

  /** The components that were referred to. */
  responses(): Record<string, unknown> {
    const content = { 'application/json': { schema: this.body } };
    const each = [...this.used]
      .sort((a, b) => a - b)
      .map((status) => [`Error${status}`, { description: STATUS_CODES[status] ?? 'Error', content }]);
    return { Error: { description: 'Not let in, not possible just now, or a fault of the server', content }, ...Object.fromEntries(each) };
  }
}
