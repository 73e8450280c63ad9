/** A skill as its file says it. */
export interface SkillText {
  /** One line, for the list of skills. */
  summary: string;
  /** What the model is told when it loads the skill. */
  body: string;
}

/** Longer summaries are cut, in characters. */
const summaryLimit = 300;

/** Reads `NAME.md`: a summary, a line `---`, the text. Throws an error that says what is wrong. */
export function plainSkill(content: string): SkillText {
  const [first = '', second, ...rest] = lines(content);
  if (second?.trim() !== '---')
    throw new Error('its second line is not "---": a skill is a line of summary, a line "---", and then its text');
  return { summary: checkedSummary(first), body: rest.join('\n').trim() };
}

/** Reads `NAME/SKILL.md`: front matter with a `description`, then the text. Throws an error that says what is wrong. */
export async function matterSkill(content: string): Promise<SkillText> {
  const [{ VFile }, { matter }] = await Promise.all([import('vfile'), import('vfile-matter')]);
  const file = new VFile(lines(content).join('\n'));
  try {
    matter(file, { strip: true, yaml: { logLevel: 'error', maxAliasCount: 20 } });
  } catch (thrown) {
    throw new Error(`its front matter is no YAML (${firstLine((thrown as Error).message)})`);
  }
  const found: unknown = file.data.matter;
  const description =
    found !== null && typeof found === 'object' && Object.hasOwn(found, 'description')
      ? (found as { description: unknown }).description
      : undefined;
  if (typeof description !== 'string')
    throw new Error('its front matter has no text "description": write it between two lines "---" at the beginning');
  return { summary: checkedSummary(description), body: String(file).trim() };
}

const lines = (content: string): string[] => content.replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
const firstLine = (text: string): string => (text.split('\n')[0] as string).slice(0, 200);

function checkedSummary(text: string): string {
  // What controls a terminal or turns text round is not shown in a list.
  const summary = text
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .replace(/^#+\s+/, '')
    .trim();
  if (summary === '') throw new Error('its summary is empty: say in one line what the skill is for');
  const letters = [...summary];
  return letters.length <= summaryLimit ? summary : `${letters.slice(0, summaryLimit).join('')}…`;
}
