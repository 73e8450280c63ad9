import { Column, Entity, PrimaryColumn } from 'typeorm';

/** The server's template: one row, or none while it is the default. */
@Entity({ name: 'system_prompt_template' })
export class TemplateRow {
  @PrimaryColumn('integer') id!: number;
  @Column('text') template!: string;
}
