/**
 * Whether a text is of this form, as LIKE reads it: % stands for any characters, _ for one. In time that grows with the
 * one times the other, at most.
 */
export function matchesForm(text: string, form: string): boolean {
  let at = 0;
  let place = 0;
  let lastAny = -1;
  let resumeAt = 0;
  while (at < text.length) {
    if (form[place] === "%") {
      lastAny = place++;
      resumeAt = at;
    } else if (form[place] === "_" || (place < form.length && form[place] === text[at])) {
      place++;
      at++;
    } else if (lastAny >= 0) {
      place = lastAny + 1;
      at = ++resumeAt;
    } else return false;
  }
  while (form[place] === "%") place++;
  return place === form.length;
}
