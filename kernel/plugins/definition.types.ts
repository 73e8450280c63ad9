/**
 * Wrong injections, one a line: each must fail to compile. `definition.test.ts` runs the compiler over this file;
 * an expectation that is no longer an error is an error itself.
 */
import { definePlugin, inject, plugin } from './definition.js';
import { service, slot } from './ids.js';

interface Store {
  read(): string;
}
interface Dish {
  name: string;
}
const Store = service<Store>('test.store');
const Dishes = slot<Dish>('test.dish[]');

export class Right {
  constructor(
    @inject(Store) readonly store: Store,
    @inject(Dishes) readonly dishes: readonly Dish[],
    @inject(Store) readonly part: Pick<Store, 'read'>,
  ) {}
}
@plugin({ id: 'right', provides: [Store, Dishes] })
export class RightToo {
  name = 'both';
  read = () => '';
}
export const rightThree = definePlugin({
  id: 'right-three',
  provides: Store,
  inject: { store: Store, dishes: Dishes },
  create: ({ store, dishes }) => ({ read: () => store.read() + dishes.length }),
});

export class MissingMember {
  // @ts-expect-error the parameter wants a member that the service does not have
  constructor(@inject(Store) readonly store: Store & { write(text: string): void }) {}
}
export class SlotIntoOne {
  // @ts-expect-error a slot is a list, the parameter is one
  constructor(@inject(Dishes) readonly dish: Dish) {}
}
export class SlotIntoMutable {
  // @ts-expect-error the list of a slot is read-only
  constructor(@inject(Dishes) readonly dishes: Dish[]) {}
}
export class ServiceIntoList {
  // @ts-expect-error a service is one, the parameter is a list
  constructor(@inject(Store) readonly stores: readonly Store[]) {}
}
export class WrongPlace {
  constructor(
    // @ts-expect-error the two ids are swapped
    @inject(Dishes) readonly store: Store,
    // @ts-expect-error the two ids are swapped
    @inject(Store) readonly dishes: readonly Dish[],
  ) {}
}
// @ts-expect-error it says it is a Store and has no read()
@plugin({ id: 'wrong', provides: Store })
export class WrongProvides {
  name = 'no store';
}
// @ts-expect-error it is a Dish and not also a Store
@plugin({ id: 'half', provides: [Dishes, Store] })
export class HalfProvides {
  name = 'dish';
}
export const wrongObject = definePlugin({
  id: 'wrong-object',
  provides: Store,
  // @ts-expect-error create gives no Store
  create: () => ({ name: 'no store' }),
});
export const wrongNeed = definePlugin({
  id: 'wrong-need',
  provides: Dishes,
  inject: { store: Store },
  // @ts-expect-error the store that is handed in has no such member
  create: ({ store }) => ({ name: store.missing }),
});
