import type { ZodType, z } from 'zod';

/** A type with its intersections spelt out, so that equal shapes are equal however they are written. */
type Flat<T> = T extends readonly (infer E)[] ? Flat<E>[] : T extends object ? { [K in keyof T]: Flat<T[K]> } : T;

type Same<A, B> = (<T>() => T extends Flat<A> ? 1 : 2) extends <T>() => T extends Flat<B> ? 1 : 2 ? true : false;

/** What a client gives: a member with a default may be left out, a number in an address is still a number. */
type Given<I, O> = { [K in keyof I]: K extends keyof O ? O[K] : never };

type Agrees<S extends ZodType, W> = true extends Same<z.output<S>, W> | Same<Given<z.input<S>, z.output<S>>, W>
  ? unknown
  : 'this schema and its wire type differ: change both';

/**
 * Names a schema after the type of `dispatch/wire` that it checks or describes; does not compile when they differ by a
 * member, its type, or whether it may be missing. The document at `/openapi.json` has it as a component of that name.
 *
 * @example const titleAnswer = wire<TitleAnswer>('TitleAnswer')(z.object({ conversationId: z.string(), title: z.string() }));
 */
export const wire =
  <W>(name: string) =>
  <S extends ZodType>(schema: S & Agrees<S, W>): S =>
    (schema as S).meta({ id: name });
