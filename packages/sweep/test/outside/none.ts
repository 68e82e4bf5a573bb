export const notes = "no variant";
export const count = 3;
