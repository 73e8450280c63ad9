import { resolve } from 'node:path';
import type { Config } from 'dispatch/kernel';
import type { Conversations } from '../conversation-store/contract.js';

/** The working directory that the next turn of a conversation would have, absolute. */
export async function directoryOf(conversationId: string, conversations: Conversations, config: Config): Promise<string> {
  const { cwd, workspaceCwd } = await conversations.state(conversationId);
  return resolve(workspaceCwd ?? config.text('cwd'), cwd ?? '.');
}
