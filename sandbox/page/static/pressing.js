const waiting = [];
let pressed = false;

/** Do it now, or as soon as nothing is being pressed: what is redrawn between press and release is not clicked. */
export function whenReleased(act) {
  if (pressed) waiting.push(act);
  else act();
}

function press() {
  pressed = true;
}

/** A click comes with the release, and is to be heard first. */
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
