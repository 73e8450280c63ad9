import type { Role } from 'dispatch/wire';
import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One chunk in the log of a conversation. */
@Entity({ name: 'chunk', withoutRowid: true })
export class ChunkRow {
  @PrimaryColumn('integer') conversation!: number;
  /** From 1, without gaps. */
  @PrimaryColumn('integer') seq!: number;
  @Column('text') role!: Role;
  /** The chunk as JSON. */
  @Column('text') body!: string;
  @Column('integer') turn!: number;
  /** Number of the message it is part of, unique in the conversation. */
  @Column('integer') message!: number;
  /** Index of its step; null outside of steps. */
  @Column('integer', { nullable: true }) step!: number | null;
}
