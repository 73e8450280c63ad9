import { DurableQueue } from './message-queue.js';
import { messageQueueSchema } from './message-queue-schema.js';
import { QueueController } from './queue.controller.js';
import { QueueSocket } from './queue.socket.js';
import { QueueSurface } from './queue.surface.js';

export default [messageQueueSchema, DurableQueue, QueueController, QueueSocket, QueueSurface];
