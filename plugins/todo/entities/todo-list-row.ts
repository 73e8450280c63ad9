import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The list of one conversation. It is only ever read and replaced as a whole. */
@Entity({ name: 'todo_list' })
export class TodoListRow {
  /** Id of the conversation, as clients know it. */
  @PrimaryColumn('text') conversation!: string;
  /** JSON: an array of `Todo`. */
  @Column('text') todos!: string;
  /** Epoch milliseconds. */
  @Column('integer') changedAt!: number;
}
