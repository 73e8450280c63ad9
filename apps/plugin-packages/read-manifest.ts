import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Expression, type ObjectExpression, type Program, parse } from 'acorn';
import { KernelError, type Manifest, parseManifest } from 'dispatch/kernel';

/**
 * What a plugin declares, read without running it: the `dispatch` key of its `package.json`, else the static `plugin`
 * block of the class a JavaScript file exports by default. Undefined when it declares itself only in code. Throws
 * `plugin-invalid` when what it declares is wrong.
 * @param source the plugin's folder or file
 * @param file the file that would be imported
 */
export function readManifest(source: string, file: string): Manifest | undefined {
  const fromPackage = source === file ? undefined : packageKey(source);
  const declared = fromPackage?.id === undefined ? staticBlock(file) : fromPackage;
  return declared === undefined ? undefined : parseManifest(declared, source);
}

/** A package.json is a few kilobytes; code that is larger is not read before it is run. */
const largest = 1024 * 1024;

function packageKey(folder: string): Record<string, unknown> | undefined {
  const file = join(folder, 'package.json');
  const refused = (what: string, cause?: unknown) =>
    new KernelError('plugin-invalid', `the plugin at ${folder}: its package.json ${what}`, { cause });
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  if (size === undefined) return undefined;
  if (size > largest) throw refused(`is larger than ${largest / 1024} KiB`);
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8').replace(/^\uFEFF/, ''));
  } catch (cause) {
    throw refused(`is not JSON (${(cause as Error).message})`, cause);
  }
  const { dispatch, version } = Object(content) as { dispatch?: unknown; version?: unknown };
  if (dispatch === undefined) return undefined;
  if (typeof dispatch !== 'object' || dispatch === null || Array.isArray(dispatch)) throw refused('has a "dispatch" that is no object');
  const { entry: _, ...declared } = dispatch as Record<string, unknown>;
  return { ...(typeof version === 'string' && { version }), ...declared };
}

function staticBlock(file: string): unknown {
  if (file.endsWith('.ts') || statSync(file).size > largest) return undefined;
  let program: Program;
  try {
    program = parse(readFileSync(file, 'utf8'), { ecmaVersion: 'latest', sourceType: 'module' });
  } catch {
    return undefined; // importing it will say what is wrong, with the place
  }
  const exported = program.body.find((node) => node.type === 'ExportDefaultDeclaration')?.declaration;
  if (exported?.type !== 'ClassDeclaration') return undefined;
  const block = exported.body.body.find(
    (member) => member.type === 'PropertyDefinition' && member.static && member.key.type === 'Identifier' && member.key.name === 'plugin',
  );
  if (block?.type !== 'PropertyDefinition' || block.value?.type !== 'ObjectExpression') return undefined;
  return literal(block.value, file);
}

/** The value of an expression made of literals only. */
function literal(node: Expression, file: string): unknown {
  if (node.type === 'Literal') return node.value;
  if (node.type === 'ArrayExpression')
    return node.elements.map((each) => (each && each.type !== 'SpreadElement' ? literal(each, file) : refuse(file)));
  if (node.type === 'ObjectExpression') return Object.fromEntries(entries(node, file));
  if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked;
  return refuse(file);
}

const entries = (node: ObjectExpression, file: string): [string, unknown][] =>
  node.properties.map((property) => {
    if (property.type !== 'Property' || property.computed) return refuse(file);
    const { key } = property;
    return [key.type === 'Identifier' ? key.name : String((key as { value?: unknown }).value), literal(property.value, file)];
  });

function refuse(file: string): never {
  throw new KernelError(
    'plugin-invalid',
    `the plugin at ${file}: its static "plugin" block must be made of plain values only, so that it can be read without running it`,
  );
}
