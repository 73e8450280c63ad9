import { type Slot, slot } from 'dispatch/kernel';

/** A plugin that brings skills of its own. */
export interface SkillSource {
  /** Absolute path of a folder that holds them, as `.skills` does. Of two with one name, all others are nearer. */
  readonly skillFolder: string;
}
export const SkillSources: Slot<SkillSource> = slot<SkillSource>('dispatch.skill-source[]');
