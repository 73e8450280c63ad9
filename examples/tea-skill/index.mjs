import { join } from 'node:path';

/** Brings a skill: the files in `skills/` are listed for the model, which loads one when it needs it. */
export default class TeaSkill {
  static plugin = { id: 'tea-skill', version: '1.0.0', engine: '^0.1.0', provides: 'dispatch.skill-source[]' };
  skillFolder = join(import.meta.dirname, 'skills');
}
