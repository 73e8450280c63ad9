/** What became of work that may take so many milliseconds: its answer, what it threw, or that it took too long. */
export async function within<T>(ms: number, work: () => T | Promise<T>): Promise<{ answer: T } | { thrown: unknown } | 'late'> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(() => resolve('late'), ms);
  });
  try {
    return await Promise.race([
      (async () => work())().then(
        (answer) => ({ answer }),
        (thrown: unknown) => ({ thrown }),
      ),
      late,
    ]);
  } finally {
    clearTimeout(timer);
  }
}
