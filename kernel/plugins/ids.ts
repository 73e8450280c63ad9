declare const provided: unique symbol;

/** Id of something that exactly one plugin provides. */
export type Service<T> = symbol & { readonly [provided]: T; readonly many?: false };
/** Id of a place that any number of plugins may fill. */
export type Slot<T> = symbol & { readonly [provided]: T; readonly many: true };
/** Either kind of id. */
export type Id<T = unknown> = Service<T> | Slot<T>;

/** What a plugin that needs this id is handed: the service itself, or the live list of what fills the slot. */
export type Provided<I> = I extends Slot<infer T> ? readonly T[] : I extends Service<infer T> ? T : never;
/** What a plugin that provides this id has to be. */
export type Item<I> = I extends Slot<infer T> ? T : I extends Service<infer T> ? T : never;

/** Makes the id of a service. Ids with equal text are equal, so that two copies of a library still meet. */
export const service = <T>(id: string): Service<T> => Symbol.for(id) as Service<T>;
/** Makes the id of a slot; its text ends in `[]`. */
export const slot = <T>(id: `${string}[]`): Slot<T> => Symbol.for(id) as Slot<T>;

/** The text an id was made from. */
export const idText = (id: symbol): string => Symbol.keyFor(id) ?? String(id);
/** Whether any number may provide this id. */
export const isSlot = (id: symbol): boolean => idText(id).endsWith('[]');
