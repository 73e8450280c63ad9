import { Column, Entity, PrimaryColumn } from 'typeorm';

/** Whether and how often the cache of a conversation is kept warm. */
@Entity({ name: 'cache_warming' })
export class WarmingRow {
  /** Id of the conversation. */
  @PrimaryColumn('text') conversation!: string;
  @Column('integer') enabled!: 0 | 1;
  @Column('integer') intervalSeconds!: number;
}
