import { homedir } from 'node:os';
import { basename, dirname, isAbsolute } from 'node:path';
import {
  type Filter,
  inject,
  Logger,
  nearest,
  plugin,
  type Tool,
  type ToolAnswer,
  type ToolContext,
  ToolFilters,
  Tools,
  type TurnContext,
} from 'dispatch/kernel';
import { type SkillSource, SkillSources } from './contract.js';
import { type Skill, SkillFolders } from './skill-folder.js';

/** Where skills are looked for below a root, the nearest first. */
const folders = ['.skills', '.agents/skills', '.claude/skills'];
/** Skills in the list, and characters of it. */
const mostListed = 200;
const mostText = 16_000;

/**
 * `load_skill`: instructions for a kind of work, told when they are wanted. Its description lists what the turn's working
 * directory, the home folder and plugins have; the same files make the same bytes. It is not offered where there are none.
 */
@plugin({ id: 'skills', version: '0.1.0', provides: [Tools, ToolFilters], capabilities: ['files'] })
export class SkillsTool implements Tool, Filter<readonly Tool[]> {
  readonly name = 'load_skill';
  readonly description = 'Load the instructions of a skill before you do what it is for.';
  readonly input = {
    type: 'object',
    properties: { name: { type: 'string', minLength: 1, maxLength: 64, description: 'Name of the skill, as listed.' } },
    required: ['name'],
    additionalProperties: false,
  };
  readonly concurrencySafe = true;
  private readonly folders = new SkillFolders();
  private readonly told = new Set<string>();

  constructor(
    @inject(Logger) private readonly logger: Logger,
    @inject(SkillSources) private readonly sources: readonly SkillSource[],
  ) {}

  async filter(tools: readonly Tool[], { cwd }: TurnContext): Promise<readonly Tool[]> {
    if (!tools.includes(this)) return tools;
    const skills = await this.skills(cwd);
    if (skills.length === 0) return tools.filter((tool) => tool !== this);
    const description = `${this.description} The skills are:\n${listed(skills)}`;
    const { name, input, concurrencySafe } = this;
    const execute: Tool['execute'] = (given, context) => this.execute(given, context);
    return tools.map((tool) => (tool === this ? { name, description, input, concurrencySafe, execute } : tool));
  }

  async execute({ name }: { name: string }, { cwd }: Pick<ToolContext, 'cwd'>): Promise<ToolAnswer> {
    const skills = await this.skills(cwd);
    const skill = skills.find((each) => each.name === name);
    if (skill)
      return [`Skill ${skill.name}, from ${dirname(skill.path)}:`, '', skill.body === '' ? '(the skill has no text)' : skill.body].join(
        '\n',
      );
    const near = nearest(
      name,
      skills.map((each) => each.name),
      5,
    );
    const instead = near.length === 0 ? 'there are none here' : `near names: ${near.join(', ')}`;
    return { content: `there is no skill ${JSON.stringify(name)}; ${instead}`, isError: true };
  }

  /** All skills of a working directory, by name; of two with one name the nearer counts. */
  private async skills(cwd: string): Promise<Skill[]> {
    const { HOME } = process.env;
    const home = HOME && isAbsolute(HOME) ? HOME : homedir();
    const places = [cwd, ...(home === cwd ? [] : [home])].flatMap((root) => folders.map((folder) => [root, folder] as const));
    const brought = this.sources.map(({ skillFolder }) => [dirname(skillFolder), basename(skillFolder)] as const);
    const found = await Promise.all([...places, ...brought].map(([root, folder]) => this.folders.skills(root, folder, this.report)));
    const byName = new Map<string, Skill>();
    for (const skill of found.flat()) if (!byName.has(skill.name)) byName.set(skill.name, skill);
    return [...byName.values()].sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  private readonly report = (path: string, problem: string): void => {
    const sentence = `the skill ${JSON.stringify(path)} is left out: ${problem}`;
    if (this.told.has(sentence) || this.told.size >= 1000) return;
    this.told.add(sentence);
    this.logger.warn(sentence);
  };
}

function listed(skills: readonly Skill[]): string {
  const lines: string[] = [];
  let spent = 0;
  for (const { name, summary } of skills.slice(0, mostListed)) {
    const line = `- ${name}: ${summary}`;
    spent += line.length + 1;
    if (spent > mostText) break;
    lines.push(line);
  }
  const left = skills.length - lines.length;
  return [...lines, ...(left > 0 ? [`(and ${left} more that have no room here)`] : [])].join('\n');
}
