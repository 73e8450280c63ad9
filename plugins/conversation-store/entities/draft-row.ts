import { Column, Entity, PrimaryColumn } from 'typeorm';

/** What of a turn's running step is not in the log yet. */
@Entity({ name: 'draft' })
export class DraftRow {
  @PrimaryColumn('integer') turn!: number;
  /** JSON of a `Draft`. */
  @Column('text') body!: string;
}
