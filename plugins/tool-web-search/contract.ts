/**
 * How requests are kept off the local network, for everyone who asks for addresses that somebody else has chosen; and
 * how a web service is asked that the operator has chosen.
 */

export { type AddressKind, addressKind } from './address-kind.js';
export { type GuardOptions, guardedLookup, type Resolve, refuseLocal } from './local-network-guard.js';
export { askService, type ServiceAnswer, type ServiceRequest } from './service-request.js';
export { AddressRefused, hostKind, webAddress } from './web-address.js';
export { WebFailed } from './web-failed.js';
