/** A request to a web service came to nothing; the message is fit for the model. */
export class WebFailed extends Error {
  constructor(
    message: string,
    /** Whether the same request may succeed later. */
    readonly passing = false,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'WebFailed';
  }
}
