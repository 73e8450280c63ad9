/**
 * The same, so that nobody who is shown it can change it for others. Lists are copied first, as their owners add to
 * them; plain objects in them are frozen as they are, all the way down, and objects of a class are left alone.
 */
export function frozen<T>(value: T): T {
  if (!Array.isArray(value)) return freezeDeep(value);
  return Object.freeze(value.map(freezeDeep)) as T;
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (!Array.isArray(value) && prototype !== Object.prototype && prototype !== null) return value;
  if (Object.values(value).some((member) => typeof member === 'function')) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
