import { plugin } from 'dispatch/kernel';
import { type TrustSubject, TrustSubjects } from '../trust/contract.js';
import { projectFiles } from './configured.js';
import { summaryOf } from './summary.js';

/** What a project's files ask for, in words its owner can judge. */
@plugin({ id: 'mcp-subject', version: '0.1.0', provides: TrustSubjects })
export class McpSubject implements TrustSubject {
  readonly kind = 'mcp';
  readonly files = projectFiles;

  summary(text: string): readonly string[] {
    return summaryOf(text);
  }
}
