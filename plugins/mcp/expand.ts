import type { Definition } from './definition.js';

/** Answers the value of a variable, or why there is none. */
export type Variables = (name: string) => { value: string } | { problem: string };

/** A definition could not be filled in; the message says which variable is to blame. */
export class NotExpanded extends Error {}

const reference = /\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}/g;

/**
 * Fills in `${VAR}` and `${VAR:-default}` (the default counts when the variable is not set or empty). Nothing else means
 * anything, and what is filled in is not looked at again. Throws `NotExpanded`. Pure.
 */
export function expanded(text: string, variables: Variables): string {
  return text.replace(reference, (_, name: string, otherwise: string | undefined) => {
    const found = variables(name);
    if ('value' in found && (found.value !== '' || otherwise === undefined)) return found.value;
    if (otherwise !== undefined) return otherwise;
    throw new NotExpanded('problem' in found ? found.problem : `\${${name}} is not set`);
  });
}

/** A definition with everything filled in. Throws `NotExpanded`. Pure. */
export function expandedDefinition(definition: Definition, variables: Variables): Definition {
  const text = (value: string) => expanded(value, variables);
  const record = (values: Readonly<Record<string, string>>) =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [name, text(value)]));
  if (definition.kind === 'http') return { ...definition, url: text(definition.url), headers: record(definition.headers) };
  const { command, args, env, cwd } = definition;
  return { kind: 'stdio', command: text(command), args: args.map(text), env: record(env), ...(cwd !== undefined && { cwd: text(cwd) }) };
}
