import { readFileSync } from 'node:fs';
import { type AnyNode, type Expression, type ObjectExpression, type Program, parse } from 'acorn';
import * as contracts from 'dispatch/contracts';
import * as kernel from 'dispatch/kernel';
import { type Manifest, parseManifest } from 'dispatch/kernel';
import { transform } from 'esbuild';

/** Names that stand for an id, by where they are imported from. */
const known: Readonly<Record<string, Readonly<Record<string, unknown>>>> = { 'dispatch/kernel': kernel, 'dispatch/contracts': contracts };

/**
 * What the plugins of a file declare in its code, read without running it: static blocks, `@plugin`, `definePlugin`, or a
 * list of these. Throws, saying what cannot be understood so.
 */
export async function readDeclared(file: string): Promise<Manifest[]> {
  const text = readFileSync(file, 'utf8');
  const code = /\.m?ts$/.test(file) ? await withoutTypes(text, file) : text;
  const reader = new Reader(parse(code, { ecmaVersion: 'latest', sourceType: 'module' }));
  return reader.plugins().map((declared) => parseManifest(declared, file));
}

async function withoutTypes(text: string, sourcefile: string): Promise<string> {
  const tsconfigRaw = { compilerOptions: { experimentalDecorators: true } };
  const { code } = await transform(text, { loader: 'ts', format: 'esm', target: 'es2022', sourcefile, tsconfigRaw, logLevel: 'silent' });
  return code;
}

type Declared = Record<string, unknown>;

/** Understands as much of a module as a declaration is made of: literals, ids, and names for them. */
class Reader {
  /** What a name of the module was given, last of all. */
  private readonly given = new Map<string, AnyNode>();
  private readonly imported = new Map<string, { from: string; name: string }>();

  constructor(private readonly program: Program) {
    for (const node of program.body) this.note(node);
  }

  plugins(): Declared[] {
    const found = this.exported();
    if (!found) throw new Error('it exports nothing by default');
    return this.pluginsIn(found);
  }

  private note(node: AnyNode): void {
    if (node.type === 'ImportDeclaration')
      for (const each of node.specifiers)
        if (each.type === 'ImportSpecifier')
          this.imported.set(each.local.name, { from: String(node.source.value), name: nameOf(each.imported) });
    if (node.type === 'ExportNamedDeclaration' && node.declaration) this.note(node.declaration);
    if (node.type === 'VariableDeclaration')
      for (const { id, init } of node.declarations) if (id.type === 'Identifier' && init) this.given.set(id.name, init);
    if (node.type === 'ClassDeclaration' && node.id) this.given.set(node.id.name, node);
    if (node.type === 'ExpressionStatement' && node.expression.type === 'AssignmentExpression') {
      const { left, right } = node.expression;
      if (left.type === 'Identifier') this.given.set(left.name, right);
    }
  }

  private exported(): AnyNode | undefined {
    for (const node of this.program.body) {
      if (node.type === 'ExportDefaultDeclaration') return node.declaration;
      const named =
        node.type === 'ExportNamedDeclaration' ? node.specifiers.find((each) => nameOf(each.exported) === 'default') : undefined;
      if (named) return named.local as AnyNode;
    }
    return undefined;
  }

  private pluginsIn(node: AnyNode): Declared[] {
    if (node.type === 'Identifier') return this.pluginsIn(this.valueOf(node.name));
    if (node.type === 'ArrayExpression') return node.elements.flatMap((each) => (each ? this.pluginsIn(each) : []));
    if (node.type === 'CallExpression') return [this.called(node)];
    if (node.type === 'ClassDeclaration' || node.type === 'ClassExpression') {
      for (const member of node.body.body) {
        const isBlock = member.type === 'PropertyDefinition' && member.static && nameOf(member.key) === 'plugin';
        if (isBlock && member.value?.type === 'ObjectExpression') return [this.object(member.value)];
      }
      throw new Error('the class it exports has neither @plugin({ … }) nor a static "plugin" block');
    }
    throw new Error('what it exports by default is made while it runs');
  }

  /** `definePlugin({ … })`, or what a decorated class has become: `__decorateClass([plugin({ … }), …], …)`. */
  private called({ callee, arguments: [first] }: AnyNode & { type: 'CallExpression' }): Declared {
    const isKernel = (node: AnyNode, name: string) => this.importOf(node)?.from === 'dispatch/kernel' && this.importOf(node)?.name === name;
    if (isKernel(callee, 'definePlugin') && first?.type === 'ObjectExpression') {
      const { create: _, inject = {}, ...about } = this.object(first, ['create']);
      return { ...about, inject: Object.values(inject as object) };
    }
    const decorators = first?.type === 'ArrayExpression' ? first.elements : [];
    const declared: { about?: Declared; needs: unknown[] } = { needs: [] };
    for (const each of decorators) {
      if (each?.type !== 'CallExpression') continue;
      const [place, asked] = each.arguments;
      if (isKernel(each.callee, 'plugin') && place?.type === 'ObjectExpression') declared.about = this.object(place);
      if (place?.type === 'Literal' && asked?.type === 'CallExpression' && isKernel(asked.callee, 'inject') && asked.arguments[0])
        declared.needs[Number(place.value)] = this.value(asked.arguments[0] as Expression);
    }
    if (!declared.about) throw new Error('what it exports by default is made by a function of its own');
    return { ...declared.about, inject: declared.needs };
  }

  private object(node: ObjectExpression, passedOver: readonly string[] = []): Declared {
    const entries = node.properties.flatMap((property) => {
      if (property.type === 'SpreadElement') return Object.entries(Object(this.value(property.argument)) as Declared);
      if (property.computed) throw new Error('its declaration has a name that is made while it runs');
      const name = nameOf(property.key);
      return passedOver.includes(name) ? [] : [[name, this.value(property.value)] as const];
    });
    return Object.fromEntries(entries);
  }

  private value(node: Expression): unknown {
    if (node.type === 'Literal') return node.value;
    if (node.type === 'TemplateLiteral' && node.expressions.length === 0) return node.quasis[0]?.value.cooked;
    if (node.type === 'UnaryExpression' && node.operator === '-') return -Number(this.value(node.argument));
    if (node.type === 'ArrayExpression') return node.elements.map((each) => (each ? this.value(each as Expression) : undefined));
    if (node.type === 'ObjectExpression') return this.object(node);
    if (node.type === 'Identifier') return this.named(node.name);
    if (node.type === 'CallExpression' && ['service', 'slot'].includes(this.importOf(node.callee)?.name ?? '')) {
      const [text] = node.arguments;
      return text && this.value(text as Expression);
    }
    throw new Error(`its declaration has a value that is made while it runs (${node.type})`);
  }

  private named(name: string): unknown {
    const found = this.imported.get(name);
    if (!found) return this.value(this.valueOf(name) as Expression);
    const id = known[found.from]?.[found.name];
    if (typeof id === 'symbol') return Symbol.keyFor(id);
    throw new Error(
      `it takes "${name}" from ${found.from}, which is only known when it runs: name the id in package.json under "dispatch"`,
    );
  }

  private valueOf(name: string): AnyNode {
    const value = this.given.get(name);
    if (value) return value;
    throw new Error(`"${name}" is only known when it runs`);
  }

  private importOf(node: AnyNode): { from: string; name: string } | undefined {
    return node.type === 'Identifier' ? this.imported.get(node.name) : undefined;
  }
}

const nameOf = (node: AnyNode): string => (node.type === 'Identifier' ? node.name : node.type === 'Literal' ? String(node.value) : '');
