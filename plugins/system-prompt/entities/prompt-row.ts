import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The system prompt of a conversation, as it was filled in. */
@Entity({ name: 'system_prompt' })
export class PromptRow {
  /** Id of the conversation. */
  @PrimaryColumn('text') conversation!: string;
  /** It counts for this epoch and this working directory. */
  @Column('integer') epoch!: number;
  @Column('text') cwd!: string;
  @Column('text') text!: string;
}
