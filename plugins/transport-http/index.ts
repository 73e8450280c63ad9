import { HttpTransport } from './http-transport.js';
import { RequestAccess } from './request-access.js';

export default [RequestAccess, HttpTransport];
