/** A package was not installed, or not removed, and everything is as it was: a sentence for the user. */
export class PackageError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'PackageError';
  }
}
