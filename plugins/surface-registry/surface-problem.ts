import { MessageRefused } from '../transport-ws/contract.js';

/** Why a surface is not shown, or an action not carried out; its words are for the client. */
export class SurfaceProblem extends MessageRefused {
  constructor(
    /** `broken`: the plugin's own fault, and the log says more. */
    readonly code: 'unknown' | 'payload' | 'refused' | 'broken',
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
