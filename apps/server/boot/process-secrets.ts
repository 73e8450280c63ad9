import type { Secrets } from 'dispatch/kernel';

/** Shorter values are not masked: they would hide ordinary words. */
const shortest = 6;
/** What is less of a secret than this says nothing, and hides words: many begin with `sk-proj-`. */
const shortestPiece = 9;
/** `GITHUB_TOKEN`, `PGPASSWORD`, `SECRET_KEY_BASE`, `MYSQL_PWD`; not `PWD`, `OLDPWD`, `SSH_AUTH_SOCK`. */
const secretName = /((^|_)(KEY|TOKEN|PAT|CREDENTIALS?)|API_?KEY|SECRET|PASSWORD|PASSWD|PASSPHRASE|_PWD|_AUTH)(_FILE|_BASE)?$/i;

/** Every secret value this process knows of. */
export class ProcessSecrets implements Secrets {
  private values: string[] = [];

  add(value: string): void {
    if (value.length < shortest) return;
    this.values = [...new Set([...this.values, ...formsOf(value)])].sort((a, b) => b.length - a.length);
  }

  mask(text: string): string {
    const masked = this.values.reduce((rest, value) => (rest.includes(value) ? rest.replaceAll(value, '***') : rest), text);
    return this.values.reduce(withoutBegun, masked);
  }

  withoutSecrets(environment: Readonly<Record<string, string | undefined>>): Record<string, string> {
    const open = Object.entries(environment).filter(
      ([name, value]) => value !== undefined && !secretName.test(name) && !this.values.some((secret) => value.includes(secret)),
    );
    return Object.fromEntries(open) as Record<string, string>;
  }
}

/** A text may have been shortened within a secret before it came here: what is begun before a `…`, or at the end, goes too. */
function withoutBegun(text: string, value: string): string {
  if (!text.includes(value.slice(0, shortestPiece))) return text;
  let masked = text;
  for (let at = text.length; at > 0; at = masked.lastIndexOf('…', at - 1)) {
    let length = Math.min(value.length - 1, at);
    while (length >= shortestPiece && !masked.endsWith(value.slice(0, length), at)) length--;
    if (length >= shortestPiece) masked = `${masked.slice(0, at - length)}***${masked.slice(at)}`;
  }
  return masked;
}

/** A value as it stands in plain text, in JSON and in an address: a log line is JSON, a redirect an address. */
const formsOf = (value: string): string[] => [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(Buffer.from(value).toString())];
