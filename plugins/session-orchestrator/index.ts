import { ChatController } from './chat.controller.js';
import { ChatSocket } from './chat.socket.js';
import { CallChain } from './filtered-calls.js';
import { FilteredShapes } from './filtered-shapes.js';
import { QueuedSteps } from './model-steps.js';
import { OpenController } from './open.controller.js';
import { SessionOrchestrator } from './session-orchestrator.js';
import { ListenerNews } from './turn-news.js';
import { RequestPlanner } from './turn-planner.js';
import { FirstRelief } from './turn-relief.js';
import { TurnRunner } from './turn-runner.js';

const rooms = [SessionOrchestrator, TurnRunner, RequestPlanner, FilteredShapes, CallChain, QueuedSteps, FirstRelief, ListenerNews];
export default [...rooms, ChatController, ChatSocket, OpenController];
