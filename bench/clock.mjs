/** Milliseconds on CLOCK_MONOTONIC: the same clock in every process, so that times taken in two of them subtract. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
