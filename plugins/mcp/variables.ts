import type { Secrets } from 'dispatch/kernel';
import type { Variables } from './expand.js';

/** What belongs to this server and to nobody it starts. */
const ours = /^(DISPATCH_|OPENAI_API_KEY|FIRECRAWL_API_KEY|UMANS_API_KEY)/;

/** The variables of an environment that a definition may name: all but this server's own keys. */
export function variablesOf(environment: Readonly<Record<string, string | undefined>>, secrets: Secrets): Variables {
  return (name) => {
    const value = environment[name];
    if (value === undefined)
      return { problem: `\${${name}} is not set; set it where the server is started, or write \${${name}:-default}` };
    if (ours.test(name) || secrets.mask(value) !== value)
      return { problem: `\${${name}} is a secret of this server, which it hands to nobody; use a variable of another name and value` };
    return { value };
  };
}

/** What every child gets, before what its definition sets: nothing that is secret. */
export function plainEnvironment(environment: Readonly<Record<string, string | undefined>>, secrets: Secrets): Record<string, string> {
  const open = secrets.withoutSecrets(environment);
  return Object.fromEntries(['PATH', 'HOME', 'LANG'].flatMap((name) => (open[name] === undefined ? [] : [[name, open[name]]])));
}
