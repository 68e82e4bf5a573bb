/** A clock that is set anew, by up to twelve hours back or forth, at every look: what a machine without network time does, and worse. */
const Real = globalThis.Date;
let jumps = process.pid;
const jump = () => ((jumps = (jumps * 48_271) % 2_147_483_647) / 2_147_483_647 - 0.5) * 86_400_000;

globalThis.Date = class Date extends Real {
  constructor(...args) {
    if (args.length === 0) super(Real.now() + jump());
    else super(...args);
  }
  static now() {
    return Math.round(Real.now() + jump());
  }
};
