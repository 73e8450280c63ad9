import type { Argv } from 'yargs';
import { exitCodes, failure, usageError } from '../cli-error.js';
import type { Prepared } from '../local-packages.js';
import { agreed, canAsk } from '../terminal/agreed.js';
import { jsonLine, safeLine } from '../terminal/safe-text.js';
import type { Screen } from '../terminal/screen.js';
import type { Bench, Everywhere, Runs } from './command.js';

/** The words of `dispatch plugin` that need no server: packages are put where servers look for plugins. */
export const packageVerbs = ['add', 'remove', 'packages'] as const;

export function addPackageVerbs(own: Argv<Everywhere>, runs: Runs): void {
  own
    .command(
      'add <package>',
      'Install a plugin that is an npm package: a name, a folder or a tarball',
      (its) =>
        withSystem(its)
          .positional('package', { type: 'string', demandOption: true, describe: 'A name (with @version), a folder or a .tgz file' })
          .option('yes', { type: 'boolean', describe: 'Do not ask' }),
      runs((flags, bench) => addPackage(flags, bench)),
    )
    .command(
      'remove <package>',
      'Delete one that was installed so',
      (its) =>
        withSystem(its).positional('package', { type: 'string', demandOption: true, describe: 'Id of the plugin, or name of its package' }),
      runs((flags, bench) => removePackage(flags, bench)),
    )
    .command(
      'packages',
      'List those that were installed so',
      (its) => withSystem(its),
      runs((flags, bench) => listPackages(flags, bench)),
    );
}

interface Flags {
  package: string;
  system?: boolean;
  yes?: boolean;
}

const withSystem = <T>(its: Argv<T>) => its.option('system', { type: 'boolean', describe: 'Those of all users of this machine' });

async function addPackage({ package: asked, system = false, yes = false }: Flags, { screen, end }: Bench): Promise<void> {
  // Whoever owns the server decides, not the model whose command this is.
  if (process.env.DISPATCH_TOOL_CALL !== undefined)
    throw failure('a command that a model runs adds no plugins; do it on a terminal of your own');
  if (!yes && (screen.json || !canAsk())) throw usageError('nobody can be asked here whether this plugin may run: say --yes');
  const { localPackages, packagesSay } = await import('../local-packages.js');
  const prepared = await packagesSay(localPackages(system).prepare(asked, process.cwd()));
  let kept = false;
  try {
    if (!screen.json) show(prepared, screen);
    if (!yes && !(await agreed(`Let this plugin run in the server, with all its rights? [y/N] `))) {
      screen.note('nothing was added');
      return end(exitCodes.failed);
    }
    const folder = await packagesSay(prepared.commit());
    kept = true;
    const { name, version, manifest, integrity } = prepared;
    if (screen.json) return screen.raw(jsonLine({ id: manifest.id, package: name, version, integrity, folder }));
    screen.line(`${safeLine(manifest.id)} is in ${folder}; a server that runs takes it now`);
  } finally {
    if (!kept) await prepared.discard();
  }
}

function show({ name, version, before, manifest, integrity, others, scripts }: Prepared, screen: Screen): void {
  screen.line(safeLine(`${name} ${version}`), 'cyan', before === undefined ? '[new]' : `[instead of ${safeLine(before)}]`);
  const { id, provides, needs, capabilities = [], critical } = manifest;
  const facts = [
    ['plugin', critical ? `${id}, critical: while it is down, what it guards is refused` : id],
    ['provides', provides.join(', ') || 'nothing'],
    ['needs', needs.join(', ') || 'nothing'],
    ['says that it touches', capabilities.join(', ') || 'nothing (nobody checks that)'],
    [
      'brings',
      `${others} further packages${scripts.length > 0 ? `; these have install scripts, which were not run: ${scripts.join(', ')}` : ''}`,
    ],
    ['digest', integrity],
  ] as const;
  for (const [what, fact] of facts) screen.line(safeLine(fact), 'dim', `  ${what}:`);
}

async function removePackage({ package: asked, system = false }: Flags, { screen }: Bench): Promise<void> {
  const { localPackages, packagesSay } = await import('../local-packages.js');
  const gone = await packagesSay(localPackages(system).remove(asked));
  if (screen.json) return screen.raw(jsonLine(gone));
  screen.line(
    `${safeLine(gone.id)} (${safeLine(gone.package)} ${safeLine(gone.version)}) was deleted; a server that runs takes it out now`,
  );
}

async function listPackages({ system = false }: Pick<Flags, 'system'>, { screen }: Bench): Promise<void> {
  const { localPackages, packagesSay } = await import('../local-packages.js');
  const all = await packagesSay(localPackages(system).list());
  if (screen.json) return screen.raw(jsonLine(all));
  if (all.length === 0) screen.note('no plugin was installed as a package');
  for (const { id, package: name, version, asked, problem } of all) {
    const parts = [id, `${name} ${version}`, `from ${asked}`, ...(problem === undefined ? [] : [`not loaded: ${problem}`])];
    screen.line(safeLine(parts.join(' | ')), problem === undefined ? undefined : 'red');
  }
}
