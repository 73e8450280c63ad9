/** `note { text? }`: keeps short notes for good, whichever conversation they come from. */
export default class Notes {
  static plugin = { id: 'notes', version: '1.0.0', engine: '^0.1.0', provides: 'dispatch.tool[]', inject: ['dispatch.key-value'] };
  name = 'note';
  description = 'Keep a note for good, and read all notes.';
  input = { type: 'object', properties: { text: { type: 'string', maxLength: 500 } }, additionalProperties: false };

  constructor(keyValue) {
    this.store = keyValue.for('notes');
  }

  async execute({ text }) {
    const all = await this.store.update('all', (notes = []) => (text ? [...notes, text].slice(-100) : notes));
    return all.map((note) => `- ${note}`).join('\n') || 'There are no notes.';
  }
}
