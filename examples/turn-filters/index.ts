import {
  type Filter,
  type Message,
  MessageFilters,
  PromptFilters,
  plugin,
  type Tool,
  ToolFilters,
  type TurnContext,
} from 'dispatch/kernel';

const about = { version: '1.0.0', engine: '^0.1.0' };

/** In the workspace `look` no tool is offered that changes anything. */
@plugin({ ...about, id: 'only-looking', provides: ToolFilters })
class OnlyLooking implements Filter<readonly Tool[]> {
  filter(tools: readonly Tool[], { workspaceId }: TurnContext): readonly Tool[] {
    return workspaceId === 'look' ? tools.filter(({ name }) => /^(read|grep|glob|load)/.test(name)) : tools;
  }
}

/** One sentence behind the system prompt. Higher `order` comes later. */
@plugin({ ...about, id: 'house-rules', provides: PromptFilters })
class HouseRules implements Filter<string> {
  readonly order = 100;
  filter = (prompt: string): string => `${prompt}\nAnswer in the language of the question.`;
}

/** What the provider is shown has no addresses in it; what is stored is as it was written. */
@plugin({ ...about, id: 'no-addresses', provides: MessageFilters })
class NoAddresses implements Filter<readonly Message[]> {
  filter(messages: readonly Message[]): readonly Message[] {
    const hidden = (text: string) => text.replace(/[\w.+-]+@[\w-]+\.[\w.]+/g, '<address>');
    return messages.map(({ role, chunks }) => ({
      role,
      chunks: chunks.map((chunk) => (chunk.type === 'text' ? { ...chunk, text: hidden(chunk.text) } : chunk)),
    }));
  }
}

export default [OnlyLooking, HouseRules, NoAddresses];
