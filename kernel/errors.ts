/** Every way the kernel can refuse; `errors.test.ts` closes the list. */
export const errorCodes = [
  'plugin-invalid',
  'plugin-duplicate',
  'plugin-start-failed',
  'plugin-timeout',
  'need-missing',
  'need-failed',
  'provider-clash',
  'cycle',
  'config-type',
  'provider-failed',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** An error of the kernel: a closed code, and a sentence that names the plugin, the id and the likely slip. */
export class KernelError extends Error {
  override readonly name = 'KernelError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The words of whatever was thrown. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return String(thrown.message || thrown.name);
  try {
    return String(thrown);
  } catch {
    return 'something was thrown that cannot be put into words';
  }
}
