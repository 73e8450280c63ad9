import { AccessRoutes } from './access-routes.js';
import { AccessSockets } from './access-sockets.js';
import { TokenGate } from './gate.js';

export default [TokenGate, AccessRoutes, AccessSockets];
