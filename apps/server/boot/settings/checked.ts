/** Where settings are wrong, and what would be right; never what they are. */
export interface Issue {
  path: readonly PropertyKey[];
  message: string;
}

/** What is wrong; where nothing is, the settings with their defaults filled in. */
export interface Checked {
  issues: readonly Issue[];
  values?: unknown;
}
