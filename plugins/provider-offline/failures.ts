import { ProviderError } from 'dispatch/kernel';

/** The failure somebody asked for by `fail`, `fail 429`, `fail network` or `fail midway`. */
export function wantedFailure(kind: string): ProviderError {
  const status = Number(kind);
  if (Number.isInteger(status) && status >= 400 && status < 600)
    return new ProviderError(`offline answered ${status}, as it was told to`, {
      code: 'http',
      retryable: [408, 409, 429].includes(status) || status >= 500,
      status,
    });
  if (kind === 'network') return new ProviderError('offline could not be reached, as it was told', { code: 'network', retryable: true });
  if (kind === 'midway')
    return new ProviderError('offline broke off in the middle, as it was told to', { code: 'stream', retryable: true });
  return new ProviderError('offline failed, as it was told to', { code: 'failed', retryable: false });
}
