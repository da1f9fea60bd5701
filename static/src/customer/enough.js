/** Whether a text can tell customers apart: two characters, or one where a character is a word, as in Chinese. */
export function isEnough(text) {
    const asked = text.trim();
    return asked.length > 1 || /^\p{Lo}$/u.test(asked);
}
