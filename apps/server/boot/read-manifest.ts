import { readFileSync } from 'node:fs';
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

/** Refuses a plugin whose declaration is wrong, before any of its code runs. */
export const checkManifest = (source: string, file: string): void => void readManifest(source, file);

function packageKey(folder: string): Record<string, unknown> | undefined {
  let text: string;
  try {
    text = readFileSync(join(folder, 'package.json'), 'utf8');
  } catch {
    return undefined;
  }
  try {
    const { dispatch } = JSON.parse(text.replace(/^\uFEFF/, '')) as { dispatch?: Record<string, unknown> };
    if (dispatch === undefined) return undefined;
    const { entry: _, ...declared } = dispatch;
    return declared;
  } catch (cause) {
    throw new KernelError('plugin-invalid', `the plugin at ${folder}: its package.json is not JSON (${(cause as Error).message})`, {
      cause,
    });
  }
}

function staticBlock(file: string): unknown {
  if (file.endsWith('.ts')) return undefined;
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
