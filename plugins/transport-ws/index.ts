import { SocketTransport } from './socket-transport.js';
import { AllSockets } from './sockets.js';

export default [AllSockets, SocketTransport];
