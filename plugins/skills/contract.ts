import { type Slot, slot } from 'dispatch/kernel';

/** Skills that a plugin brings. */
export interface SkillFolder {
  /** Absolute path of a folder that holds them: `name.md` or `name/SKILL.md`. It need not be there yet. */
  readonly skills: string;
}
/** They come after those of the working directory and of the home folder: of two with one name the nearer counts. */
export const SkillFolders: Slot<SkillFolder> = slot<SkillFolder>('dispatch.skill-folder[]');
