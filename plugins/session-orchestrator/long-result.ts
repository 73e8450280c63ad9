/** A tool's long answer, cut in the middle; the note between the halves says where the whole is. Pure. */
export function cutMiddle(content: string, limit: number, whereWhole: string): string {
  if (content.length <= limit) return content;
  const half = Math.floor(limit / 2);
  const head = content.slice(0, half).replace(/[\uD800-\uDBFF]$/, '');
  const tail = content.slice(-half).replace(/^[\uDC00-\uDFFF]/, '');
  const left = content.length - head.length - tail.length;
  return `${head}\n\n[… ${left} characters left out here. ${whereWhole}]\n\n${tail}`;
}
