/**
 * An object that is another in every respect but for some members. Methods of the other see their own `this`, so that
 * private members work; nothing is asked of the other's members before somebody asks for them.
 */
export function standInFor(original: object, members: Readonly<Record<string, unknown>>): object {
  const bound = new Map<PropertyKey, { from: unknown; method: unknown }>();
  const read = (key: PropertyKey): unknown => {
    if (Object.hasOwn(members, key)) return members[key as string];
    const value = Reflect.get(original, key, original) as unknown;
    if (typeof value !== 'function') return value;
    const known = bound.get(key);
    if (known?.from === value) return known.method;
    const method: unknown = value.bind(original);
    bound.set(key, { from: value, method });
    return method;
  };
  return new Proxy(
    {},
    {
      get: (_, key) => read(key),
      set: (_, key, value) => Reflect.set(original, key, value, original),
      has: (_, key) => Object.hasOwn(members, key) || key in original,
      ownKeys: () => [...new Set([...Reflect.ownKeys(original), ...Object.keys(members)])],
      getOwnPropertyDescriptor: (_, key) =>
        Object.hasOwn(members, key) || Object.hasOwn(original, key)
          ? { configurable: true, enumerable: true, writable: true, value: read(key) }
          : undefined,
    },
  );
}
