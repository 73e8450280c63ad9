import { Column, Entity, PrimaryColumn } from 'typeorm';

/** One value that a plugin keeps. */
@Entity({ name: 'plugin_value', withoutRowid: true })
export class PluginValueRow {
  /** Id of the plugin. */
  @PrimaryColumn('text') plugin!: string;
  @PrimaryColumn('text') key!: string;
  /** As JSON. */
  @Column('text') value!: string;
}
