/** Names that hold secrets or are run by other programs. Without `/`: a name in any folder; `**` stands for the rest. */
const closed = [
  '.env',
  '.env.*',
  '.envrc',
  'id_rsa',
  'id_dsa',
  'id_ecdsa',
  'id_ed25519',
  'id_*_sk',
  '*.pem',
  '*.key',
  '*.p12',
  '*.pfx',
  '*.jks',
  '*.kdbx',
  '.netrc',
  '.pgpass',
  '.git-credentials',
  '.pypirc',
  '.htpasswd',
  '.ssh/**',
  '.gnupg/**',
  '.aws/**',
  '.kube/**',
  '.docker/config.json',
  '.dispatch/**',
  '.dispatch-data/**',
  '.git/hooks/**',
];

/** Git's own files: what is written there decides which programs Git runs, and can break the repository. */
const notWritten = ['.git', '.git/**'];

/** Templates that are meant to be read. */
const harmless = ['.env.example', '.env.sample', '.env.template', '.env.dist', '.env.defaults'];

/** A pattern as an expression: `*` within a name, `**` across folders, everything else literal; case is ignored. */
function expression(pattern: string): RegExp {
  const body = pattern
    .split(/(\*\*|\*|\?)/)
    .map((part) => (part === '**' ? '.*' : part === '*' ? '[^/]*' : part === '?' ? '[^/]' : part.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')))
    .join('');
  return new RegExp(`(^|/)${body}$`, 'is');
}

const known = new Map([...closed, ...notWritten].map((pattern) => [pattern, expression(pattern)]));
const fits = (pattern: string, path: string): boolean => (known.get(pattern) ?? expression(pattern)).test(path);

/** What somebody wants with a file. */
export type Intent = 'read' | 'write';

/**
 * The rule that keeps a path from being opened by default, or undefined. Takes the path below its root, with `/`;
 * `allow` holds patterns of the same kind that lift the rule.
 */
export function protectionOf(path: string, intent: Intent, allow: readonly string[] = []): string | undefined {
  const rules = intent === 'write' ? [...closed, ...notWritten] : closed;
  const rule = rules.find((pattern) => fits(pattern, path));
  if (!rule || [...harmless, ...allow].some((pattern) => fits(pattern, path))) return undefined;
  return rule;
}
