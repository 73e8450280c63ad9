import type { ConversationStatus, ReasoningEffort } from 'dispatch/wire';
import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A conversation, or only settings for one that has no message yet. */
@Entity({ name: 'conversation' })
export class ConversationRow {
  /** Inside of the database only: shorter than the id in every row of the log. */
  @PrimaryGeneratedColumn({ type: 'integer' }) key!: number;
  @Column('text', { unique: true }) id!: string;
  @Column('text') workspaceId!: string;
  @Column('integer') createdAt!: number;
  @Column('integer') lastActivityAt!: number;
  /** Null until there is a text or the user names it. */
  @Column('text', { nullable: true }) title!: string | null;
  @Column('text') status!: ConversationStatus;
  /** 1 once it had a message. */
  @Column('integer') listed!: 0 | 1;
  @Column('text', { nullable: true }) cwd!: string | null;
  @Column('text', { nullable: true }) model!: string | null;
  @Column('text', { nullable: true }) reasoningEffort!: ReasoningEffort | null;
  @Column('real', { nullable: true }) compactPercent!: number | null;
  @Column('text', { nullable: true }) compactedFrom!: string | null;
  @Column('integer') epoch!: number;
}
