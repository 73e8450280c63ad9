import { type Service, service } from 'dispatch/kernel';

export const todoStatuses = ['pending', 'in_progress', 'completed', 'cancelled'] as const;

/** One thing to be done, as the model wrote it. */
export interface Todo {
  content: string;
  status: (typeof todoStatuses)[number];
}

/** What the model means to do, per conversation; survives a restart. */
export interface Todos {
  /** In the model's own order; empty for a conversation that has none. */
  list(conversationId: string): Promise<readonly Todo[]>;
  /** Puts these in the place of all there were; resolves once they are on the disk. Rejects with a `StorageError`. */
  replace(conversationId: string, todos: readonly Todo[]): Promise<void>;
  /** Calls back after each change of a list; answers how to end that. */
  onChange(changed: (conversationId: string) => void): () => void;
}
export const Todos: Service<Todos> = service<Todos>('dispatch.todos');
