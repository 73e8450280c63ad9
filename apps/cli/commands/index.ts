import { chat } from './chat.js';
import { close } from './close.js';
import type { Command } from './command.js';
import { compact } from './compact.js';
import { completion } from './completion.js';
import { config } from './config.js';
import { launch } from './launch.js';
import { list } from './list.js';
import { models } from './models.js';
import { open } from './open.js';
import { plugin } from './plugin.js';
import { plugins } from './plugins.js';
import { prompt } from './prompt.js';
import { queue } from './queue.js';
import { read } from './read.js';
import { run } from './run.js';
import { search } from './search.js';
import { send } from './send.js';
import { stop } from './stop.js';
import { token } from './token.js';
import { trust } from './trust.js';
import { workspace } from './workspace.js';

const others: readonly Command[] = [
  ...[models, list, read, send, stop, queue, compact, open, close, search, workspace, prompt],
  ...[plugins, plugin, run, trust, config, token, launch, completion],
];

/** Every verb, in the order of the help. */
export const commands: readonly Command[] = [chat(['chat', ...others.map(({ name }) => name)]), ...others];
