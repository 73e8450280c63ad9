import { ChatController } from './chat.controller.js';
import { ChatSocket } from './chat.socket.js';
import { FilteredShapes } from './filtered-shapes.js';
import { OpenController } from './open.controller.js';
import { SessionOrchestrator } from './session-orchestrator.js';
import { ListenerNews } from './turn-news.js';
import { TurnRunner } from './turn-runner.js';

export default [SessionOrchestrator, TurnRunner, FilteredShapes, ListenerNews, ChatController, ChatSocket, OpenController];
