const waiting = [];
let pressed = false;

/** Do it now, or once nothing is being pressed: a button that is redrawn between press and release gets no click. */
export function whenReleased(act) {
  if (pressed) waiting.push(act);
  else act();
}

function press() {
  pressed = true;
}

/** The click comes after the release, and must be handled first. */
function release() {
  setTimeout(() => {
    pressed = false;
    while (waiting.length) waiting.shift()();
  });
}

addEventListener("pointerdown", press, true);
addEventListener("pointerup", release, true);
addEventListener("pointercancel", release, true);
addEventListener("blur", release);
