import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A request with a key, and what became of it. */
@Entity({ name: 'keyed_request', withoutRowid: true })
export class KeyedRequestRow {
  @PrimaryColumn('text') key!: string;
  /** Of all that it asks for. */
  @Column('text') digest!: string;
  /** Id of the conversation, as clients know it. */
  @Column('text') conversation!: string;
  @Column('text') turnId!: string;
  /** Key of the turn it has become; null while that is not known. */
  @Column('integer', { nullable: true }) turn!: number | null;
  /** 1 when its message was queued. */
  @Column('integer') queued!: 0 | 1;
  /** Epoch milliseconds. */
  @Column('integer') at!: number;
}
