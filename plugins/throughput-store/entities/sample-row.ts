import { Column, Entity, PrimaryGeneratedColumn } from 'typeorm';

/** How fast one turn was. */
@Entity({ name: 'throughput_sample' })
export class SampleRow {
  @PrimaryGeneratedColumn({ type: 'integer' }) key!: number;
  /** Epoch milliseconds. */
  @Column('integer') sealedAt!: number;
  /** `<credential>/<model>` */
  @Column('text') model!: string;
  @Column('integer') outputTokens!: number;
  /** Milliseconds from the first token to the last, summed over the steps. */
  @Column('integer') decodeMs!: number;
}
