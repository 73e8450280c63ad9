import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** A turn and, once it is sealed, its figures. */
@Entity({ name: 'turn' })
export class TurnRow {
  @PrimaryGeneratedColumn({ type: 'integer' }) key!: number;
  @Column('text') id!: string;
  @Column('integer') conversation!: number;
  /** Where its rows in the log begin. */
  @Column('integer') firstSeq!: number;
  @Column('integer') startedAt!: number;
  /** Null while it runs. */
  @Column('integer', { nullable: true }) sealedAt!: number | null;
  @Column('text', { nullable: true }) reason!: string | null;
  /** JSON of a `Usage`. */
  @Column('text', { nullable: true }) usage!: string | null;
  /** JSON of a list of `StepMetrics`. */
  @Column('text', { nullable: true }) steps!: string | null;
  @Column('integer', { nullable: true }) durationMs!: number | null;
  @Column('integer', { nullable: true }) contextSize!: number | null;
}
