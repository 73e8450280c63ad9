import type { Secrets } from 'dispatch/kernel';

/** What servers need to find themselves, their tools and their caches. */
const wanted = [
  ...['PATH', 'HOME', 'USER', 'LANG', 'LC_ALL', 'TMPDIR', 'XDG_CACHE_HOME', 'XDG_CONFIG_HOME', 'XDG_DATA_HOME'],
  ...['GOPATH', 'GOROOT', 'GOCACHE', 'GOMODCACHE', 'CARGO_HOME', 'RUSTUP_HOME', 'JAVA_HOME', 'VIRTUAL_ENV', 'PYENV_ROOT'],
];

/** What every child gets, before what its definition sets: nothing that is secret. Pure. */
export function plainEnvironment(environment: Readonly<Record<string, string | undefined>>, secrets: Secrets): Record<string, string> {
  const open = secrets.withoutSecrets(environment);
  return Object.fromEntries(wanted.flatMap((name) => (open[name] === undefined ? [] : [[name, open[name]]])));
}
