/**
 * Why a plugin for these versions of Dispatch does not run on this one; undefined when it does. A range is one as in a
 * package.json: `^0.1.0`, `>=1.2 <2`, `1.x || 2.x`. A pre-release counts as what it is on its way to.
 */
export async function engineProblem(range: string | undefined, version: string): Promise<string | undefined> {
  if (range === undefined) return undefined;
  // few plugins name a range: nobody else pays for the library
  const [{ default: valid }, { default: satisfies }] = await Promise.all([
    import('semver/ranges/valid.js'),
    import('semver/functions/satisfies.js'),
  ]);
  if (range.trim() === '' || valid(range) === null)
    return `"engine" is "${range}", which is no version range; write one such as "^${version}"`;
  if (satisfies(version.replace(/[-+].*$/, ''), range)) return undefined;
  return `it is made for Dispatch ${range}, and this is ${version}: get a version of it that is made for this one`;
}
