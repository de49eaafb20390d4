// Expected failures as values. A stage returns `Ok` with its product or `Fail` with a tagged reason;
// `throw` stays for bugs. What a reason means to the outside is decided in reject.ts alone.

export type Ok<T> = { ok: true; value: T };
export type Fail<R> = { ok: false; reason: R };
export type Result<T, R> = Ok<T> | Fail<R>;

export const ok = <T>(value: T): Ok<T> => ({ ok: true, value });
export const fail = <const R>(reason: R): Fail<R> => ({ ok: false, reason });
