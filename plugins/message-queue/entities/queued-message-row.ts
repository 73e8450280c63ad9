import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A message that waits for a conversation. */
@Entity({ name: 'queued_message' })
export class QueuedMessageRow {
  /** In the order in which they came. */
  @PrimaryGeneratedColumn({ type: 'integer' }) key!: number;
  @Column('text', { unique: true }) id!: string;
  /** Id of the conversation, as clients know it. */
  @Column('text') conversation!: string;
  @Column('text') text!: string;
  @Column('integer') queuedAt!: number;
  /** Last number of the conversation's log when the message was offered to a turn; null when it was not. */
  @Column('integer', { nullable: true }) offeredAfter!: number | null;
}
