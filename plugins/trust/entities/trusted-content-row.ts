import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A content that the owner of a directory trusts. */
@Entity({ name: 'trusted_content' })
export class TrustedContentRow {
  /** Real path. */
  @PrimaryColumn('text') directory!: string;
  @PrimaryColumn('text') kind!: string;
  /** SHA-256, in hexadecimal digits. */
  @PrimaryColumn('text') hash!: string;
  /** Where the content was when it was trusted, below the directory. */
  @Column('text') path!: string;
  @Column('integer') trustedAt!: number;
}
