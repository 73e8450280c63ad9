import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A named group of conversations; `default` is always there. */
@Entity({ name: 'workspace' })
export class WorkspaceRow {
  @PrimaryColumn('text') id!: string;
  @Column('text') title!: string;
  @Column('text', { nullable: true }) defaultCwd!: string | null;
  @Column('integer') createdAt!: number;
  @Column('integer') lastActivityAt!: number;
}
