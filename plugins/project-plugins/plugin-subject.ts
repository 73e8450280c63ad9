import { plugin } from 'dispatch/kernel';
import { type TrustSubject, TrustSubjects } from '../trust/contract.js';
import { broughtFiles } from './brought-files.js';

/** What the files of a project's plugins are, in words its owner can judge. */
@plugin({ id: 'project-plugins-subject', version: '0.1.0', provides: TrustSubjects })
export class PluginSubject implements TrustSubject {
  readonly kind = 'plugin';
  readonly files = broughtFiles;

  summary(text: string): readonly string[] {
    return summaryOf(text);
  }
}

/** Pure. */
export function summaryOf(text: string): string[] {
  const size = `${text.split('\n').length} lines, ${text.length} characters`;
  const declared = text.trimStart().startsWith('{') ? declaredIn(text) : undefined;
  if (declared) {
    const { id = 'without an id', capabilities = [], inject = [] } = declared;
    return [`declares the plugin ${id}; it says that it may touch: ${list(capabilities)}; it asks for: ${list(inject)}`];
  }
  const outside = [...text.matchAll(/\b(?:from|import|require)\s*\(?\s*(['"])([^'"\n]+)\1/g)].map(([, , name]) => name as string);
  const imports = [...new Set(outside)].filter((name) => !name.startsWith('.'));
  return [`part of a plugin, which runs within the server and may do whatever its user may: ${size}; imports: ${list(imports)}`];
}

const list = (words: unknown): string => [words].flat().map(String).join(', ') || 'nothing';

function declaredIn(text: string): { id?: string; capabilities?: unknown; inject?: unknown } | undefined {
  try {
    return (JSON.parse(text) as { dispatch?: object }).dispatch;
  } catch {
    return undefined; // whoever reads it will say so
  }
}
