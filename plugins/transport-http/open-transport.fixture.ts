import { definePlugin } from 'dispatch/kernel';
import { Authentication } from './contract.js';
import { everybody } from './http-transport.fixture.js';
import transport from './index.js';

/** The HTTP transport for tests of other plugins: nobody is asked who they are. */
export default [...transport, definePlugin({ id: 'test-everybody', provides: Authentication, create: () => everybody })];
